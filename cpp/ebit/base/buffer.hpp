// A growing array on cache-line boundaries with room to read and write eight elements past its end,
// so that kernels need no scalar tails.
#pragma once

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

namespace ebit {

template <class T>
class Buffer {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    Buffer() = default;
    explicit Buffer(std::size_t count) { reserve(count); }

    // Room for `count` elements. What stood in the buffer is kept, new elements are zero.
    void reserve(std::size_t count) {
        if (count <= capacity_) return;
        const std::size_t padded = (count + 15) / 8 * 8;
        std::unique_ptr<T[], Free> grown(static_cast<T*>(::operator new[](padded * sizeof(T), alignment)));
        prefer_large_pages(grown.get(), padded * sizeof(T));
        std::memset(static_cast<void*>(grown.get()), 0, padded * sizeof(T));
        if (data_) std::memcpy(static_cast<void*>(grown.get()), data_.get(), capacity_ * sizeof(T));
        data_ = std::move(grown);
        capacity_ = padded - 8;
    }

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }
    std::size_t capacity() const { return capacity_; }

  private:
    static constexpr std::align_val_t alignment{64};
    // Walks over large arrays in large steps would spend their time looking up pages.
    static void prefer_large_pages([[maybe_unused]] void* data, [[maybe_unused]] std::size_t bytes) {
#if defined(MADV_HUGEPAGE)
        constexpr std::uintptr_t large = std::uintptr_t{1} << 21;
        const auto begin = (reinterpret_cast<std::uintptr_t>(data) + large - 1) / large * large;
        const auto end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / large * large;
        if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
    }

    struct Free {
        void operator()(T* p) const { ::operator delete[](p, alignment); }
    };
    std::unique_ptr<T[], Free> data_;
    std::size_t capacity_ = 0;
};

}  // namespace ebit
