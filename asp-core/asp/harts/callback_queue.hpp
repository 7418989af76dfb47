#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

namespace asp {

/// Lets the threads of a parallel region ask the thread that entered it for what only that one may
/// do, such as calling an interpreter. That thread waits for requests and serves them in batches;
/// the work itself, ranges of a Team for instance, runs on threads beside it.
///
/// No deadlock: a request is answered, or ended by Cancelled, whatever the work does; what serves
/// may take long, throw, and enter other parallel regions with queues of their own.
class CallbackQueue {
public:
    /// What one thread asks for: values of a function at some points.
    struct Request {
        std::size_t function;                      ///< number that the server knows
        std::span<const double* const> arguments;  ///< columns of [points] each
        double* result;                            ///< [points]
        std::size_t points;
    };
    /// Answers requests of one function, one after the other or in one go.
    using Serve = std::function<void(std::span<const Request* const>)>;

    /// Ends the work of a region whose server has failed.
    struct Cancelled : std::exception {
        const char* what() const noexcept override { return "cancelled"; }
    };

    /// Runs `work` on another thread, and serves, in this one, what it asks for until it has ended.
    /// `look_up` is called every 50 ms at least. What any of the three throws is thrown here, the
    /// server's before all; after that every ask() throws Cancelled.
    void run(const std::function<void()>& work, const Serve& serve,
             const std::function<void()>& look_up);

    /// Called by the work's threads: returns when the request is answered.
    void ask(const Request& request);

private:
    struct Waiting {
        const Request* request;
        std::atomic<int> state{0};  ///< 1: answered, -1: cancelled
    };
    void serve_all(const Serve& serve, std::vector<Waiting*>& batch);
    void cancel();
    bool wait_for_requests(std::vector<Waiting*>& batch);

    std::mutex mutex_;
    std::condition_variable asked_, answered_;
    std::vector<Waiting*> waiting_;
    std::atomic<std::size_t> count_{0};  ///< of waiting_, to look at without the lock
    std::atomic<bool> cancelled_{false}, done_{false};
};

}  // namespace asp
