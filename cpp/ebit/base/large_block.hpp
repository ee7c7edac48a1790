// Memory of several megabytes, on large pages. The system hands out such blocks as pages that are cleared at
// the first touch, which can take as long as the work on them; so a few that were given back are kept for the
// next who asks for the same size.
#pragma once

#include <cstddef>

namespace ebit {

inline constexpr std::size_t large_page = std::size_t{1} << 21;
inline constexpr std::size_t least_large_block = 2 * large_page;

// Of at least so many bytes, aligned to large pages, with anything in them. May throw std::bad_alloc.
void* take_large_block(std::size_t bytes);
// Of the same number of bytes as when it was taken.
void give_back_large_block(void* block, std::size_t bytes) noexcept;

}  // namespace ebit
