#pragma once
// What a device lends, for sources that are built with the toolkit only.

#include <cstddef>
#include <span>
#include <utility>

#include "asp/cuda/driver.hpp"
#include "asp/cuda/launch_shape.hpp"
#include "asp/jit/compile.hpp"

namespace asp::cuda {

/// [bytes] of the device that nobody has yet.
std::size_t free_memory();

/// Memory of the device.
class Buffer {
public:
    /// Of any content; null for 0 bytes.
    explicit Buffer(std::size_t bytes = 0);
    Buffer(Buffer&& other) noexcept
        : address_(std::exchange(other.address_, 0)), bytes_(std::exchange(other.bytes_, 0)) {}
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(address_, other.address_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Buffer();

    /// At least so many, of any content.
    void require(std::size_t bytes) {
        if (bytes_ < bytes) *this = Buffer(bytes);
    }
    template <class T>
    T* as() const {
        return reinterpret_cast<T*>(address_);
    }
    CUdeviceptr address() const { return address_; }

private:
    CUdeviceptr address_ = 0;
    std::size_t bytes_ = 0;
};

/// Memory of the processor that a device copies from by itself.
class Pinned {
public:
    explicit Pinned(std::size_t bytes);
    Pinned(Pinned&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
    Pinned& operator=(Pinned&&) = delete;
    ~Pinned();
    template <class T>
    T* as() const {
        return static_cast<T*>(data_);
    }

private:
    void* data_ = nullptr;
};

/// What the device does one after the other. copy_in() and copy_out() of memory that is not pinned
/// return when it may be used again.
class Stream {
public:
    Stream();
    Stream(Stream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
    Stream& operator=(Stream&&) = delete;
    ~Stream();

    CUstream get() const { return stream_; }
    void synchronize() const;
    void copy_in(CUdeviceptr to, const void* from, std::size_t bytes) const;
    void copy_out(void* to, CUdeviceptr from, std::size_t bytes) const;
    void copy(CUdeviceptr to, CUdeviceptr from, std::size_t bytes) const;
    void clear(CUdeviceptr to, std::size_t bytes) const;  ///< a multiple of 4

private:
    CUstream stream_ = nullptr;
};

/// A moment in a stream.
class Event {
public:
    Event();
    Event(Event&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
    Event& operator=(Event&&) = delete;
    ~Event();

    void record(const Stream& stream) const;
    void synchronize() const;                    ///< returns at once where none was recorded
    void hold_back(const Stream& stream) const;  ///< what `stream` is given from now on
    double seconds_since(const Event& earlier) const;

private:
    CUevent event_ = nullptr;
};

/// [s] that the device takes for what `act` gives to the stream.
template <class Act>
double device_seconds(const Stream& stream, Act&& act) {
    const Event begin, end;
    begin.record(stream);
    act();
    end.record(stream);
    end.synchronize();
    return end.seconds_since(begin);
}

/// A compiled kernel.
class Function {
public:
    /// Compiles it for the device there is. Throws BackendError.
    Function(const jit::Source& source, const char* kernel);
    /// One that is compiled and stays so.
    explicit Function(CUfunction function) : function_(function) {}
    Function(Function&& other) noexcept
        : module_(std::exchange(other.module_, nullptr)), function_(other.function_) {}
    Function& operator=(Function&&) = delete;
    ~Function();

    /// Blocks that run at once on the whole device; at least 1 for each of its processors. Allows
    /// them so much memory.
    int blocks_at_once(int threads, std::size_t memory) const;
    void launch(const Stream& stream, const LaunchShape& shape, std::span<void*> arguments) const;
    /// All blocks run at once and may wait for each other.
    void launch_cooperatively(const Stream& stream, const LaunchShape& shape,
                              std::span<void*> arguments) const;

private:
    CUmodule module_ = nullptr;
    CUfunction function_ = nullptr;
};

}  // namespace asp::cuda
