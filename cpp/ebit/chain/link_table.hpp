// The links of a chain whose nodes have several memories toward each side, by index and by node.
//
// A link is a row of pieces, the elementary links it was made of: they know how long each of its
// qubits was stored. A node lists the links that end there (side left) and those that begin there
// (side right) in the order in which their qubits came.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace ebit {

class LinkTable {
  public:
    using Index = std::uint32_t;
    static constexpr Index none = std::numeric_limits<Index>::max();
    enum Side : std::size_t { left, right };

    struct Link {
        Index left;  // nodes
        Index right;
        Index first_piece;  // at the left end
        Index last_piece;
        std::int64_t born;  // slot, the earliest of its parts
        Index match;        // the match that joins it with a link to its right, by its number, or none
        Index next;         // where it is free: the next free one
    };
    struct Piece {
        std::int64_t born;
        std::int64_t left_until;  // the slot in which its left qubit was swapped
        std::int64_t right_until;
        Index next;
    };

    LinkTable(std::size_t nodes, std::size_t memories)
        : memories_(memories), held_(2 * nodes * memories), count_(2 * nodes) {}

    void clear() {
        std::fill(count_.begin(), count_.end(), Index{0});
        links_.clear();
        pieces_.clear();
        free_link_ = free_piece_ = none;
    }

    const Link& operator[](Index link) const { return links_[link]; }
    Link& operator[](Index link) { return links_[link]; }
    const Piece& piece(Index piece) const { return pieces_[piece]; }

    std::span<const Index> held(std::size_t node, Side side) const {
        return {held_.data() + (2 * node + side) * memories_, count_[2 * node + side]};
    }
    bool holds_both(std::size_t node) const { return count_[2 * node] > 0 && count_[2 * node + 1] > 0; }
    // Pairs of free memories at the two ends of a segment.
    std::size_t room(std::size_t segment) const {
        return memories_ - std::max(count_[2 * segment + right], count_[2 * segment + 2 + left]);
    }

    // A link of one segment, with room for it.
    Index add(std::size_t segment, std::int64_t now) {
        const auto node = static_cast<Index>(segment);
        const Index piece = taken(pieces_, free_piece_);
        pieces_[piece] = {now, now, now, none};
        const Index link = taken(links_, free_link_);
        links_[link] = {node, node + 1, piece, piece, now, none, none};
        push(node, right, link);
        push(node + 1, left, link);
        return link;
    }

    // Link a, which ends where b begins, becomes one with b, which is gone; their outer qubits keep
    // their places.
    void join(Index a, Index b, std::int64_t now) {
        Link& start = links_[a];
        const Link& end = links_[b];
        erase(start.right, left, a);
        erase(end.left, right, b);
        *find(end.right, left, b) = a;
        Piece& before = pieces_[start.last_piece];
        before.right_until = now;
        before.next = end.first_piece;
        pieces_[end.first_piece].left_until = now;
        start.last_piece = end.last_piece;
        start.right = end.right;
        start.born = std::min(start.born, end.born);
        release(links_, free_link_, b, b);
    }

    void remove(Index link) {
        const Link gone = links_[link];
        erase(gone.left, right, link);
        erase(gone.right, left, link);
        release(pieces_, free_piece_, gone.first_piece, gone.last_piece);
        release(links_, free_link_, link, link);
    }

    // Its outer qubits are stored no longer.
    void deliver(Index link, std::int64_t now) {
        pieces_[links_[link].first_piece].left_until = now;
        pieces_[links_[link].last_piece].right_until = now;
    }

  private:
    // Entries that are free form a row of their own.
    template <class Entry>
    static Index taken(std::vector<Entry>& entries, Index& free) {
        if (free == none) {
            entries.emplace_back();
            return static_cast<Index>(entries.size() - 1);
        }
        const Index index = free;
        free = entries[index].next;
        return index;
    }
    template <class Entry>
    static void release(std::vector<Entry>& entries, Index& free, Index first, Index last) {
        entries[last].next = free;
        free = first;
    }

    Index* find(std::size_t node, Side side, Index link) {
        Index* at = held_.data() + (2 * node + side) * memories_;
        while (*at != link) ++at;
        return at;
    }
    void push(std::size_t node, Side side, Index link) {
        held_[(2 * node + side) * memories_ + count_[2 * node + side]++] = link;
    }
    void erase(std::size_t node, Side side, Index link) {
        Index* at = find(node, side, link);
        Index* end = held_.data() + (2 * node + side) * memories_ + count_[2 * node + side]--;
        std::copy(at + 1, end, at);
    }

    std::size_t memories_;
    std::vector<Index> held_;   // by node, side and place
    std::vector<Index> count_;  // by node and side
    std::vector<Link> links_;
    std::vector<Piece> pieces_;
    Index free_link_ = none;
    Index free_piece_ = none;
};

}  // namespace ebit
