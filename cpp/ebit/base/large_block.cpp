#include "ebit/base/large_block.hpp"

#include <array>
#include <mutex>
#include <new>
#include <utility>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

namespace ebit {

namespace {

constexpr std::align_val_t alignment{large_page};

struct Block {
    void* memory = nullptr;
    std::size_t bytes = 0;
};

// What is kept at most: enough for the batches of a pipeline, little beside what such a program holds anyway.
class Kept {
  public:
    void* take(std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        for (Block& block : blocks_)
            if (block.bytes == bytes) {
                total_ -= bytes;
                return std::exchange(block, {}).memory;
            }
        return nullptr;
    }
    bool keep(Block given) {
        const std::lock_guard lock(mutex_);
        for (Block& block : blocks_)
            if (block.memory == nullptr && total_ + given.bytes <= most) {
                block = given;
                total_ += given.bytes;
                return true;
            }
        return false;
    }

  private:
    static constexpr std::size_t most = std::size_t{96} << 20;
    std::mutex mutex_;
    std::array<Block, 8> blocks_;
    std::size_t total_ = 0;
};

// Never destroyed: what lives as long as the program may be given back after everything else.
Kept& kept() {
    static Kept& blocks = *new Kept;
    return blocks;
}

}  // namespace

void* take_large_block(std::size_t bytes) {
    if (void* const again = kept().take(bytes)) return again;
    void* const made = ::operator new(bytes, alignment);
#if defined(MADV_HUGEPAGE)
    // What begins a further large page stays on small ones.
    madvise(made, bytes / large_page * large_page, MADV_HUGEPAGE);
#endif
    return made;
}

void give_back_large_block(void* block, std::size_t bytes) noexcept {
    if (!kept().keep({block, bytes})) ::operator delete(block, alignment);
}

}  // namespace ebit
