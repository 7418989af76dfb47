#include "asp/harts/callback_queue.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace asp {
namespace {

using Clock = std::chrono::steady_clock;

/// Looks at something for as long as a thread takes to fall asleep and wake, then gives up.
template <class Ready>
bool spin(Ready ready) {
    const auto end = Clock::now() + std::chrono::microseconds(20);
    do {
        for (int i = 0; i < 64; ++i)
            if (ready()) return true;
        std::this_thread::yield();  // whom we wait for may need this very hart
    } while (Clock::now() < end);
    return ready();
}

}  // namespace

void CallbackQueue::run(const std::function<void()>& work, const Serve& serve,
                        const std::function<void()>& look_up) {
    std::exception_ptr of_work, of_server;
    std::jthread worker([&] {
        try {
            work();
        } catch (...) {
            of_work = std::current_exception();
        }
        const std::lock_guard lock(mutex_);
        done_ = true;
        asked_.notify_one();
    });
    std::vector<Waiting*> batch;
    auto looked = Clock::now();
    while (wait_for_requests(batch)) {
        try {
            if (Clock::now() - looked > std::chrono::milliseconds(50)) {
                if (!of_server) look_up();
                looked = Clock::now();
            }
            if (!of_server) serve_all(serve, batch);
        } catch (...) {
            of_server = std::current_exception();
            cancel();
        }
        const std::lock_guard lock(mutex_);
        for (Waiting* one : batch) one->state = of_server ? -1 : 1;
        answered_.notify_all();
        batch.clear();
    }
    worker.join();
    if (of_server) std::rethrow_exception(of_server);
    if (of_work) std::rethrow_exception(of_work);
}

/// Takes what is there, or nothing after 50 ms; false once the work has ended.
bool CallbackQueue::wait_for_requests(std::vector<Waiting*>& batch) {
    spin([&] { return count_ > 0 || done_; });
    std::unique_lock lock(mutex_);
    asked_.wait_for(lock, std::chrono::milliseconds(50), [&] { return count_ > 0 || done_; });
    batch.swap(waiting_);
    count_ = 0;
    return !batch.empty() || !done_;
}

void CallbackQueue::serve_all(const Serve& serve, std::vector<Waiting*>& batch) {
    std::ranges::stable_sort(batch, {}, [](const Waiting* w) { return w->request->function; });
    std::vector<const Request*> same;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        same.push_back(batch[i]->request);
        const bool ends =
            i + 1 == batch.size() || batch[i + 1]->request->function != batch[i]->request->function;
        if (!ends) continue;
        serve(same);
        same.clear();
    }
}

void CallbackQueue::cancel() {
    cancelled_ = true;
}

void CallbackQueue::ask(const Request& request) {
    if (cancelled_) throw Cancelled();
    Waiting mine{&request};
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(&mine);
        ++count_;
        asked_.notify_one();
    }
    const auto is_answered = [&] { return mine.state != 0; };
    spin(is_answered);
    {
        // The lock also when it is answered: the server may still be telling others.
        std::unique_lock lock(mutex_);
        answered_.wait(lock, is_answered);
    }
    if (mine.state < 0) throw Cancelled();
}

}  // namespace asp
