#include "ebit/density/sparse_plan.hpp"

#include <array>
#include <bit>

namespace ebit {

namespace {

using Mask = std::uint64_t;

constexpr Mask bit(std::size_t row) { return Mask{1} << row; }
std::size_t lowest(Mask mask) { return static_cast<std::size_t>(std::countr_zero(mask)); }

// Writes each row after all that read its old value; where rows read each other in a circle, one of them is
// put aside in a slot first.
class Planner {
  public:
    Planner(const SparseRows& rows, std::vector<SparseStep>& steps, std::vector<SparseTerm>& terms)
        : rows_(rows), steps_(steps), terms_(terms), pending_(rows.changed) {
        for (std::size_t r = 0; r < rows.count; ++r) {
            readers_[r] = reads_[r] = 0;
            where_[r] = static_cast<std::uint32_t>(r);
        }
        for (Mask rest = pending_; rest != 0; rest &= rest - 1)
            for (const SparseTerm& term : rows.row(lowest(rest))) {
                readers_[term.row] |= bit(lowest(rest));
                reads_[lowest(rest)] |= bit(term.row);
            }
    }

    void run() {
        while (pending_ != 0) {
            Mask ready = 0;
            for (Mask rest = pending_; rest != 0; rest &= rest - 1)
                if (is_free(lowest(rest))) ready |= bit(lowest(rest));
            if (ready == 0) {
                const std::size_t r = best_to_put_aside();
                put_aside(r);
                ready = bit(r);
            }
            // A row that was just read is written next, while it is in the cache.
            while (ready != 0) {
                const std::size_t r = lowest(ready);
                ready &= ~bit(r);
                write(r);
                for (Mask rest = reads_[r] & pending_; rest != 0; rest &= rest - 1)
                    if (is_free(lowest(rest))) ready |= bit(lowest(rest));
            }
        }
    }

  private:
    // No other row still needs the old value of r where it stands.
    bool is_free(std::size_t r) const { return where_[r] != r || (readers_[r] & pending_ & ~bit(r)) == 0; }

    // The row after which most others can be written.
    std::size_t best_to_put_aside() const {
        std::size_t best = lowest(pending_);
        int most = 0;
        for (Mask rest = pending_; rest != 0; rest &= rest - 1) {
            const int written = followers(lowest(rest));
            if (written > most) {
                most = written;
                best = lowest(rest);
            }
        }
        return best;
    }

    // How many rows can be written once r is put aside.
    int followers(std::size_t r) const {
        Mask left = pending_;
        int written = 0;
        for (Mask ready = bit(r); ready != 0;) {
            const std::size_t next = lowest(ready);
            ready &= ~bit(next);
            left &= ~bit(next);
            ++written;
            for (Mask rest = reads_[next] & left & ~ready; rest != 0; rest &= rest - 1) {
                const std::size_t c = lowest(rest);
                if (where_[c] != c || (readers_[c] & left & ~bit(c)) == 0) ready |= bit(c);
            }
        }
        return written;
    }

    void put_aside(std::size_t r) {
        const std::size_t slot = lowest(~used_);
        used_ |= bit(slot);
        steps_.push_back({static_cast<std::uint16_t>(max_rows + slot), 1, size()});
        terms_.push_back({1.0, static_cast<std::uint32_t>(r), 0});
        where_[r] = static_cast<std::uint32_t>(max_rows + slot);
    }

    void write(std::size_t r) {
        pending_ &= ~bit(r);
        const std::span<const SparseTerm> row = rows_.row(r);
        steps_.push_back({static_cast<std::uint16_t>(r), static_cast<std::uint16_t>(row.size()), size()});
        for (const SparseTerm& term : row)
            terms_.push_back({term.coefficient, where_[term.row], term.pattern});
        for (const SparseTerm& term : row)
            if (where_[term.row] >= max_rows && (readers_[term.row] & pending_) == 0)
                used_ &= ~bit(where_[term.row] - max_rows);
    }

    std::uint32_t size() const { return static_cast<std::uint32_t>(terms_.size()); }

    const SparseRows& rows_;
    std::vector<SparseStep>& steps_;
    std::vector<SparseTerm>& terms_;
    std::array<Mask, max_rows> readers_, reads_;
    std::array<std::uint32_t, max_rows> where_;
    Mask pending_;
    Mask used_ = 0;  // slots
};

}  // namespace

void SparsePlan::assign(const SparseRows& rows) {
    steps_.clear();
    terms_.clear();
    Planner(rows, steps_, terms_).run();
}

}  // namespace ebit
