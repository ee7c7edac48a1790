// A growing array on cache-line boundaries with room to read and write eight elements past its end,
// so that kernels need no scalar tails.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "ebit/base/large_block.hpp"

namespace ebit {

template <class T>
class Buffer {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    Buffer() = default;
    explicit Buffer(std::size_t count) { reserve(count); }

    // Elements hold anything until they are written: large arrays are then written once, not twice.
    static Buffer unset(std::size_t count) {
        Buffer made;
        made.data_ = allocated(padded(count));
        made.capacity_ = padded(count) - 8;
        return made;
    }

    // Room for `count` elements. What stood in the buffer is kept, new elements are zero.
    void reserve(std::size_t count) {
        if (count <= capacity_) return;
        std::unique_ptr<T[], Free> grown = allocated(padded(count));
        std::memset(static_cast<void*>(grown.get()), 0, padded(count) * sizeof(T));
        if (data_) std::memcpy(static_cast<void*>(grown.get()), data_.get(), capacity_ * sizeof(T));
        data_ = std::move(grown);
        capacity_ = padded(count) - 8;
    }

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }
    std::size_t capacity() const { return capacity_; }

  private:
    static constexpr std::align_val_t cache_line{64};
    struct Free {
        std::size_t bytes = 0;
        void operator()(T* p) const {
            if (bytes >= least_large_block)
                give_back_large_block(p, bytes);
            else
                ::operator delete[](p, cache_line);
        }
    };
    static constexpr std::size_t padded(std::size_t count) { return (count + 15) / 8 * 8; }
    static std::unique_ptr<T[], Free> allocated(std::size_t count) {
        const std::size_t bytes = count * sizeof(T);
        void* const made =
            bytes >= least_large_block ? take_large_block(bytes) : ::operator new[](bytes, cache_line);
        return {static_cast<T*>(made), Free{bytes}};
    }

    std::unique_ptr<T[], Free> data_;
    std::size_t capacity_ = 0;
};

}  // namespace ebit
