#include "asp/cuda/driver.hpp"

#include <dlfcn.h>

#include <array>

#include "asp/base/error.hpp"

namespace asp::cuda {
namespace {

// The name of a function as the library has it: cuda.h renames some with macros.
#define ASP_NAME_OF(name) ASP_TEXT_OF(name)
#define ASP_TEXT_OF(name) #name

template <class F>
void take(void* library, const char* name, F& function) {
    function = reinterpret_cast<F>(::dlsym(library, name));
    if (function == nullptr)
        throw BackendError(std::string("CUDA's driver is too old: it has no ") + name +
                           "; install that of CUDA 12 or later");
}

void take_functions(void* library, Driver& d) {
    take(library, ASP_NAME_OF(cuInit), d.init);
    take(library, ASP_NAME_OF(cuGetErrorName), d.error_name);
    take(library, ASP_NAME_OF(cuDeviceGet), d.device_get);
    take(library, ASP_NAME_OF(cuDeviceGetName), d.device_name);
    take(library, ASP_NAME_OF(cuDeviceTotalMem), d.device_memory);
    take(library, ASP_NAME_OF(cuDeviceGetAttribute), d.attribute);
    take(library, ASP_NAME_OF(cuDevicePrimaryCtxRetain), d.retain_context);
    take(library, ASP_NAME_OF(cuCtxSetCurrent), d.set_context);
    take(library, ASP_NAME_OF(cuMemGetInfo), d.memory_info);
    take(library, ASP_NAME_OF(cuMemAlloc), d.allocate);
    take(library, ASP_NAME_OF(cuMemFree), d.free);
    take(library, ASP_NAME_OF(cuMemAllocHost), d.allocate_pinned);
    take(library, ASP_NAME_OF(cuMemFreeHost), d.free_pinned);
    take(library, ASP_NAME_OF(cuMemcpyHtoDAsync), d.copy_in);
    take(library, ASP_NAME_OF(cuMemcpyDtoHAsync), d.copy_out);
    take(library, ASP_NAME_OF(cuMemcpyDtoDAsync), d.copy);
    take(library, ASP_NAME_OF(cuMemsetD32Async), d.set);
    take(library, ASP_NAME_OF(cuModuleLoadData), d.load);
    take(library, ASP_NAME_OF(cuModuleUnload), d.unload);
    take(library, ASP_NAME_OF(cuModuleGetFunction), d.function);
    take(library, ASP_NAME_OF(cuFuncSetAttribute), d.set_attribute);
    take(library, ASP_NAME_OF(cuOccupancyMaxActiveBlocksPerMultiprocessor), d.occupancy);
    take(library, ASP_NAME_OF(cuLaunchKernel), d.launch);
    take(library, ASP_NAME_OF(cuLaunchCooperativeKernel), d.launch_cooperatively);
    take(library, ASP_NAME_OF(cuStreamCreate), d.stream_create);
    take(library, ASP_NAME_OF(cuStreamDestroy), d.stream_destroy);
    take(library, ASP_NAME_OF(cuStreamSynchronize), d.stream_synchronize);
    take(library, ASP_NAME_OF(cuStreamWaitEvent), d.stream_wait);
    take(library, ASP_NAME_OF(cuEventCreate), d.event_create);
    take(library, ASP_NAME_OF(cuEventDestroy), d.event_destroy);
    take(library, ASP_NAME_OF(cuEventRecord), d.event_record);
    take(library, ASP_NAME_OF(cuEventSynchronize), d.event_synchronize);
    take(library, ASP_NAME_OF(cuEventElapsedTime), d.event_elapsed);
}

int attribute(const Driver& d, CUdevice_attribute which) {
    int value = 0;
    d.check(d.attribute(&value, which, d.device), "an attribute of the device");
    return value;
}

DeviceInfo info_of(const Driver& d) {
    std::array<char, 128> name{};
    d.check(d.device_name(name.data(), static_cast<int>(name.size()), d.device), "its name");
    DeviceInfo info{.name = name.data()};
    info.architecture = 10 * attribute(d, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) +
                        attribute(d, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    info.processors = attribute(d, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    info.clock = 1e3 * attribute(d, CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
    d.check(d.device_memory(&info.memory, d.device), "its memory");
    info.memory_of_block = static_cast<std::size_t>(
        attribute(d, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
    info.launches_cooperatively = attribute(d, CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH) != 0;
    return info;
}

Driver load_driver() {
    void* const library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        throw BackendError(
            "no CUDA device: libcuda.so.1 is missing; install NVIDIA's driver on a machine that "
            "has a device");
    Driver d{};
    take_functions(library, d);
    d.check(d.init(0), "its start");
    d.check(d.device_get(&d.device, 0), "the first device");
    // Kept until the process ends: others may share it, and nothing of it outlives the process.
    d.check(d.retain_context(&d.context, d.device), "a context");
    d.info = info_of(d);
    return d;
}

}  // namespace

const Driver& Driver::get() {
    static const Driver driver = load_driver();
    driver.check(driver.set_context(driver.context), "a context");
    return driver;
}

void Driver::check(CUresult result, const std::string& what) const {
    if (result == CUDA_SUCCESS) return;
    const char* name = nullptr;
    error_name(result, &name);
    throw BackendError("CUDA: " + what + ": " +
                       (name == nullptr ? "error " + std::to_string(result) : name));
}

const DeviceInfo& device_info() {
    return Driver::get().info;
}

}  // namespace asp::cuda
