#include "ebit/base/parallel.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

namespace ebit {

Cancellation::Cancellation(Poll poll)
    : poll_(std::move(poll)), owner_(std::this_thread::get_id()), last_(std::chrono::steady_clock::now()) {}

bool Cancellation::requested() {
    if (stopped_.load(std::memory_order_relaxed)) return true;
    if (!poll_ || std::this_thread::get_id() != owner_) return false;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(20)) return false;
    last_ = now;
    if (poll_(done_.load(std::memory_order_relaxed))) stop();
    return stopped_.load(std::memory_order_relaxed);
}

void parallel_blocks(std::uint64_t count, int threads, Cancellation& cancel,
                     const std::function<void(int worker, std::uint64_t block)>& work) {
    std::atomic<std::uint64_t> next{0};
    std::mutex mutex;
    std::condition_variable finished;
    std::exception_ptr failure;
    // Keeps the first exception, wherever it came from, and lets the others end early.
    const auto guarded = [&](const auto& step) {
        try {
            step();
        } catch (...) {
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
            cancel.stop();
        }
    };
    const auto run = [&](int worker) {
        guarded([&] {
            while (!cancel.requested()) {
                const std::uint64_t block = next.fetch_add(1, std::memory_order_relaxed);
                if (block >= count) return;
                work(worker, block);
            }
        });
    };

    const auto workers = std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max(threads, 1)), count);
    std::size_t ended = 0;
    std::vector<std::thread> pool;
    guarded([&] {
        for (std::uint64_t w = 1; w < workers; ++w) {
            pool.emplace_back([&, w] {
                run(static_cast<int>(w));
                const std::lock_guard lock(mutex);
                ++ended;
                finished.notify_one();
            });
        }
    });
    run(0);
    // The caller goes on polling while the others end their last blocks.
    std::unique_lock lock(mutex);
    while (!finished.wait_for(lock, std::chrono::milliseconds(20), [&] { return ended == pool.size(); })) {
        lock.unlock();
        guarded([&] { cancel.requested(); });
        lock.lock();
    }
    lock.unlock();
    for (std::thread& thread : pool) thread.join();

    if (failure) std::rethrow_exception(failure);
    if (cancel.requested()) throw Cancelled{};
}

}  // namespace ebit
