#include "asp/jit/background.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "asp/base/error.hpp"

namespace asp::jit {

namespace detail {

struct PendingState {
    std::atomic<bool> ready{false};
    std::optional<BuildResult> result;  ///< written once, before `ready`
    std::stop_source stop;

    void finish(BuildResult outcome) {
        result.emplace(std::move(outcome));
        ready.store(true, std::memory_order_release);
        ready.notify_all();
    }
};

struct Job {
    std::shared_ptr<PendingState> state;
    Source source;
    std::optional<Toolchain> toolchain;
    CompileOptions options;
};

BuildResult stopped() {
    return Unexpected{CompileFailure{CompileFailure::Reason::stopped, "the compile was stopped"}};
}

class BackgroundState {
public:
    BackgroundState(KernelCache& cache, std::size_t at_most) : cache_(cache), at_most_(at_most) {
        // What a compile reads must outlive the worker, so it has to be born before us.
        vector_width(host_instruction_set());
    }

    void add(Job job) {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(job));
        // Threads come with the work: many programs never compile in the background.
        if (idle_ < queue_.size() && workers_.size() < at_most_)
            workers_.emplace_back([this] { work(); });
        wake_.notify_one();
    }

    void end() {
        std::deque<Job> dropped;
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
            dropped.swap(queue_);
            for (const auto& state : running_) state->stop.request_stop();
            wake_.notify_all();
        }
        for (const Job& job : dropped) job.state->finish(stopped());
        for (std::thread& worker : workers_) worker.join();
    }

    /// In a process that was forked off, the threads are not there to be waited for.
    bool is_a_fork() const { return ::getpid() != process_; }
    std::unique_ptr<BackgroundState> anew() const {
        return std::make_unique<BackgroundState>(cache_, at_most_);
    }

private:
    void work() {
        while (std::optional<Job> job = take()) {
            job->state->finish(run(*job));
            const std::lock_guard lock(mutex_);
            std::erase(running_, job->state);
        }
    }

    std::optional<Job> take() {
        std::unique_lock lock(mutex_);
        ++idle_;
        wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
        --idle_;
        if (ending_) return std::nullopt;
        Job job = std::move(queue_.front());
        queue_.pop_front();
        running_.push_back(job.state);
        return job;
    }

    BuildResult run(Job& job) {
        // The caller's own token ends this compile too.
        const std::stop_callback forward(job.options.stop, [&] { job.state->stop.request_stop(); });
        job.options.stop = job.state->stop.get_token();
        job.options.low_priority = true;
        if (job.options.stop.stop_requested()) return stopped();
        try {
            return cache_.get_or_build(job.source, job.toolchain, job.options);
        } catch (const std::exception& error) {  // a bad header path, no memory
            return Unexpected{CompileFailure{CompileFailure::Reason::error, error.what()}};
        }
    }

    KernelCache& cache_;
    std::size_t at_most_;
    pid_t process_ = ::getpid();
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> queue_;
    std::vector<std::shared_ptr<PendingState>> running_;
    std::vector<std::thread> workers_;
    std::size_t idle_ = 0;
    bool ending_ = false;
};

}  // namespace detail

bool PendingModule::ready() const noexcept {
    return state_->ready.load(std::memory_order_acquire);
}

const BuildResult& PendingModule::wait() const {
    state_->ready.wait(false, std::memory_order_acquire);
    return *state_->result;
}

void PendingModule::stop() const {
    state_->stop.request_stop();
}

BackgroundCompiler::BackgroundCompiler(KernelCache& cache, std::size_t at_most)
    : state_(std::make_unique<detail::BackgroundState>(cache, at_most)) {
    ASP_ASSERT(at_most >= 1);
}

BackgroundCompiler::~BackgroundCompiler() {
    if (state_->is_a_fork())
        static_cast<void>(state_.release());
    else
        state_->end();
}

BackgroundCompiler& BackgroundCompiler::process() {
    static BackgroundCompiler compiler(KernelCache::process());
    static const int registered = ::pthread_atfork(nullptr, nullptr, [] { compiler.begin_anew(); });
    static_cast<void>(registered);  // no memory: a fork's kernels stay on a lower rung
    return compiler;
}

void BackgroundCompiler::begin_anew() {
    // What the parent's threads held stays as they left it: nobody will come to end it.
    state_ = state_.release()->anew();
}

PendingModule BackgroundCompiler::build(Source source, std::optional<Toolchain> toolchain,
                                        CompileOptions options) {
    const auto state = std::make_shared<detail::PendingState>();
    state_->add({state, std::move(source), std::move(toolchain), std::move(options)});
    return PendingModule(state);
}

}  // namespace asp::jit
