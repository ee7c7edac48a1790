// Blocks of work over threads, with cancellation. Plain C++ threads, joined before a call returns,
// so that forks and other threads of the host program stay safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>

namespace ebit {

// Lets the host program stop a long call. `poll` runs on the thread that made the object, about
// every 20 ms, with the number of finished units of work; it returns true to stop.
class Cancellation {
  public:
    using Poll = std::function<bool(std::uint64_t done)>;
    explicit Cancellation(Poll poll = {});

    // True once the call should stop. Cheap enough for every few microseconds of work.
    bool requested();
    void add_done(std::uint64_t units) { done_.fetch_add(units, std::memory_order_relaxed); }
    void stop() { stopped_.store(true, std::memory_order_relaxed); }

  private:
    Poll poll_;
    std::thread::id owner_;
    std::chrono::steady_clock::time_point last_;
    std::atomic<std::uint64_t> done_{0};
    std::atomic<bool> stopped_{false};
};

// Thrown (by the calling thread) when a Cancellation stopped the work.
struct Cancelled : std::exception {
    const char* what() const noexcept override { return "cancelled"; }
};

// Runs work(worker, block) for block = 0 .. count - 1 on `threads` threads (the caller is worker 0),
// each block once, in any order. The first exception of a worker, or of the poll, is thrown again here.
void parallel_blocks(std::uint64_t count, int threads, Cancellation& cancel,
                     const std::function<void(int worker, std::uint64_t block)>& work);

}  // namespace ebit
