#include "krylov/cuda/driver.hpp"

#include <dlfcn.h>

#include <array>

#include "asp/base/error.hpp"
#include "asp/jit/nvrtc.hpp"

namespace krylov::cuda {
namespace {

// The name of a function as the library has it: cuda.h renames some with macros.
#define KRYLOV_NAME_OF(name) KRYLOV_TEXT_OF(name)
#define KRYLOV_TEXT_OF(name) #name

template <class F>
void take(void* library, const char* name, F& function) {
    function = reinterpret_cast<F>(::dlsym(library, name));
    if (function == nullptr)
        throw asp::BackendError(std::string("CUDA's driver is too old: it has no ") + name +
                                "; install that of CUDA 12 or later");
}

void take_functions(void* library, Driver& d) {
    take(library, KRYLOV_NAME_OF(cuInit), d.init);
    take(library, KRYLOV_NAME_OF(cuGetErrorName), d.error_name);
    take(library, KRYLOV_NAME_OF(cuDeviceGet), d.device_get);
    take(library, KRYLOV_NAME_OF(cuDeviceGetName), d.device_name);
    take(library, KRYLOV_NAME_OF(cuDeviceTotalMem), d.device_memory);
    take(library, KRYLOV_NAME_OF(cuDeviceGetAttribute), d.attribute);
    take(library, KRYLOV_NAME_OF(cuDevicePrimaryCtxRetain), d.retain_context);
    take(library, KRYLOV_NAME_OF(cuCtxSetCurrent), d.set_context);
    take(library, KRYLOV_NAME_OF(cuCtxSynchronize), d.synchronize);
    take(library, KRYLOV_NAME_OF(cuMemAlloc), d.allocate);
    take(library, KRYLOV_NAME_OF(cuMemFree), d.free);
    take(library, KRYLOV_NAME_OF(cuMemcpyHtoD), d.copy_in);
    take(library, KRYLOV_NAME_OF(cuMemcpyDtoH), d.copy_out);
    take(library, KRYLOV_NAME_OF(cuMemcpyDtoDAsync), d.copy);
    take(library, KRYLOV_NAME_OF(cuMemsetD32Async), d.set);
    take(library, KRYLOV_NAME_OF(cuModuleLoadData), d.load);
    take(library, KRYLOV_NAME_OF(cuModuleUnload), d.unload);
    take(library, KRYLOV_NAME_OF(cuModuleGetFunction), d.function);
    take(library, KRYLOV_NAME_OF(cuFuncSetAttribute), d.set_attribute);
    take(library, KRYLOV_NAME_OF(cuOccupancyMaxActiveBlocksPerMultiprocessor), d.occupancy);
    take(library, KRYLOV_NAME_OF(cuLaunchKernel), d.launch);
    take(library, KRYLOV_NAME_OF(cuLaunchCooperativeKernel), d.launch_cooperatively);
    take(library, KRYLOV_NAME_OF(cuEventCreate), d.event_create);
    take(library, KRYLOV_NAME_OF(cuEventDestroy), d.event_destroy);
    take(library, KRYLOV_NAME_OF(cuEventRecord), d.event_record);
    take(library, KRYLOV_NAME_OF(cuEventSynchronize), d.event_synchronize);
    take(library, KRYLOV_NAME_OF(cuEventElapsedTime), d.event_elapsed);
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
    d.check(d.device_memory(&info.memory, d.device), "its memory");
    info.memory_of_block = static_cast<std::size_t>(
        attribute(d, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
    info.launches_cooperatively = attribute(d, CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH) != 0;
    return info;
}

Driver load_driver() {
    void* const library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        throw asp::BackendError(
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

void Driver::check(CUresult result, const char* what) const {
    if (result == CUDA_SUCCESS) return;
    const char* name = nullptr;
    error_name(result, &name);
    throw asp::BackendError(std::string("CUDA: ") + what + ": " +
                            (name == nullptr ? "error " + std::to_string(result) : name));
}

Buffer::Buffer(std::size_t bytes) : driver_(&Driver::get()) {
    driver_->check(driver_->allocate(&address_, bytes == 0 ? 1 : bytes),
                   ("memory of " + std::to_string(bytes) + " bytes").c_str());
}

Buffer::~Buffer() {
    if (address_ == 0) return;
    driver_->set_context(driver_->context);  // of this thread; nobody is left to hear a failure
    driver_->free(address_);
}

Function::Function(const KernelSpecification& specification) : driver_(&Driver::get()) {
    const auto image = asp::jit::compile_cuda(source_of(specification),
                                              {.architecture = driver_->info.architecture});
    if (!image)
        throw asp::BackendError("a kernel for CUDA could not be made: " + image.error().message);
    driver_->check(driver_->load(&module_, image->bytes.data()), "a compiled kernel");
    driver_->check(driver_->function(&function_, module_, "powers"), "the kernel powers");
}

Function::~Function() {
    driver_->set_context(driver_->context);
    driver_->unload(module_);
}

}  // namespace krylov::cuda
