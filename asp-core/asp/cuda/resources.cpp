#include "asp/cuda/resources.hpp"

#include "asp/base/error.hpp"
#include "asp/jit/nvrtc.hpp"

namespace asp::cuda {
namespace {

/// Gives something back, in whatever thread this is; nobody is left to hear a failure.
template <class Act>
void release(Act act) noexcept {
    try {
        act(Driver::get());
    } catch (const BackendError&) {
    }
}

}  // namespace

std::size_t free_memory() {
    const Driver& d = Driver::get();
    std::size_t free = 0, total = 0;
    d.check(d.memory_info(&free, &total), "its memory");
    return free;
}

Buffer::Buffer(std::size_t bytes) : bytes_(bytes) {
    if (bytes == 0) return;
    const Driver& d = Driver::get();
    d.check(d.allocate(&address_, bytes), "memory of " + std::to_string(bytes) + " bytes");
}
Buffer::~Buffer() {
    if (address_ != 0) release([&](const Driver& d) { d.free(address_); });
}

Pinned::Pinned(std::size_t bytes) {
    const Driver& d = Driver::get();
    d.check(d.allocate_pinned(&data_, bytes),
            "pinned memory of " + std::to_string(bytes) + " bytes");
}
Pinned::~Pinned() {
    if (data_ != nullptr) release([&](const Driver& d) { d.free_pinned(data_); });
}

Stream::Stream() {
    const Driver& d = Driver::get();
    d.check(d.stream_create(&stream_, CU_STREAM_NON_BLOCKING), "a stream");
}
Stream::~Stream() {
    if (stream_ == nullptr) return;
    release([&](const Driver& d) {
        d.stream_synchronize(stream_);
        d.stream_destroy(stream_);
    });
}
void Stream::synchronize() const {
    const Driver& d = Driver::get();
    d.check(d.stream_synchronize(stream_), "a kernel");
}
void Stream::copy_in(CUdeviceptr to, const void* from, std::size_t bytes) const {
    const Driver& d = Driver::get();
    if (bytes > 0) d.check(d.copy_in(to, from, bytes, stream_), "copy in");
}
void Stream::copy_out(void* to, CUdeviceptr from, std::size_t bytes) const {
    const Driver& d = Driver::get();
    if (bytes > 0) d.check(d.copy_out(to, from, bytes, stream_), "copy out");
}
void Stream::copy(CUdeviceptr to, CUdeviceptr from, std::size_t bytes) const {
    const Driver& d = Driver::get();
    d.check(d.copy(to, from, bytes, stream_), "a copy");
}
void Stream::clear(CUdeviceptr to, std::size_t bytes) const {
    const Driver& d = Driver::get();
    d.check(d.set(to, 0, bytes / 4, stream_), "clearing memory");
}

Event::Event() {
    const Driver& d = Driver::get();
    d.check(d.event_create(&event_, CU_EVENT_DEFAULT), "an event");
}
Event::~Event() {
    if (event_ != nullptr) release([&](const Driver& d) { d.event_destroy(event_); });
}
void Event::record(const Stream& stream) const {
    const Driver& d = Driver::get();
    d.check(d.event_record(event_, stream.get()), "an event");
}
void Event::synchronize() const {
    const Driver& d = Driver::get();
    d.check(d.event_synchronize(event_), "a kernel");
}
void Event::hold_back(const Stream& stream) const {
    const Driver& d = Driver::get();
    d.check(d.stream_wait(stream.get(), event_, 0), "an event");
}
double Event::seconds_since(const Event& earlier) const {
    const Driver& d = Driver::get();
    float milliseconds = 0.0F;
    d.check(d.event_elapsed(&milliseconds, earlier.event_, event_), "an event");
    return 1e-3 * static_cast<double>(milliseconds);
}

Function::Function(const jit::Source& source, const char* kernel) {
    const Driver& d = Driver::get();
    const auto image = jit::compile_cuda(source, {.architecture = d.info.architecture});
    if (!image) throw BackendError("a kernel for CUDA could not be made: " + image.error().message);
    d.check(d.load(&module_, image->bytes.data()), "a compiled kernel");
    d.check(d.function(&function_, module_, kernel), std::string("the kernel ") + kernel);
}
Function::~Function() {
    if (module_ != nullptr) release([&](const Driver& d) { d.unload(module_); });
}
int Function::blocks_at_once(int threads, std::size_t memory) const {
    const Driver& d = Driver::get();
    d.check(d.set_attribute(function_, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                            static_cast<int>(memory)),
            "the memory of a block");
    int fit = 0;
    d.check(d.occupancy(&fit, function_, threads, memory), "its occupancy");
    return (fit < 1 ? 1 : fit) * d.info.processors;
}
void Function::launch(const Stream& stream, const LaunchShape& shape,
                      std::span<void*> arguments) const {
    const Driver& d = Driver::get();
    d.check(d.launch(function_, static_cast<unsigned>(shape.blocks), 1, 1,
                     static_cast<unsigned>(shape.threads), 1, 1,
                     static_cast<unsigned>(shape.memory), stream.get(), arguments.data(), nullptr),
            "a launch");
}
void Function::launch_cooperatively(const Stream& stream, const LaunchShape& shape,
                                    std::span<void*> arguments) const {
    const Driver& d = Driver::get();
    d.check(
        d.launch_cooperatively(function_, static_cast<unsigned>(shape.blocks), 1, 1,
                               static_cast<unsigned>(shape.threads), 1, 1,
                               static_cast<unsigned>(shape.memory), stream.get(), arguments.data()),
        "a cooperative launch");
}

}  // namespace asp::cuda
