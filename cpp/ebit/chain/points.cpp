#include "ebit/chain/points.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace ebit {

namespace {

void read(const double* row, ElementaryLink& link) {
    link.p_success = row[0];
    link.attempt_time = row[1];
    std::memcpy(link.state.data(), row + 2, sizeof link.state);
}

void read(const double* row, Node& node) {
    node.memory = {row[0], row[1], row[2], row[3]};
    node.bsm = {row[4], row[5], row[6]};
}

void check_member(const ElementaryLink& link) { link.check(); }
void check_member(const Node& node) {
    node.memory.check();
    node.bsm.check();
}

template <class Member>
void check_tables(const std::vector<PointTable>& tables, const std::vector<std::uint32_t>& table_of,
                  std::size_t members, std::size_t width, std::size_t points) {
    bool fits = table_of.size() == members;
    for (const std::uint32_t table : table_of) fits = fits && table < tables.size();
    for (const PointTable& table : tables)
        fits = fits && table.width == width && (table.rows() == 1 || table.rows() == points) &&
               table.rows() * width == table.values.size();
    if (!fits) throw std::invalid_argument("internal: tables of points do not fit together");
    Member member;
    for (const PointTable& table : tables)
        for (std::size_t row = 0; row < table.rows(); ++row) {
            read(table.row(row), member);
            check_member(member);
        }
}

}  // namespace

void ChainPoints::check() const {
    check_tables<ElementaryLink>(links, table_of_link, chain.links.size(), link_width, count);
    check_tables<Node>(nodes, table_of_node, chain.nodes.size(), node_width, count);
    const std::size_t limits = chain.protocol == Protocol::nested      ? chain.levels.size()
                               : chain.protocol == Protocol::slotted   ? chain.slotted.cutoffs.size()
                               : chain.protocol == Protocol::swap_asap ? 1
                                                                       : 0;
    const bool fits = cutoffs.width == limits && cutoffs.rows() * limits == cutoffs.values.size() &&
                      (limits == 0 || cutoffs.rows() == 1 || cutoffs.rows() == count);
    if (!fits || count == 0) throw std::invalid_argument("internal: cut-offs of points do not fit");
}

void ChainPoints::write(std::size_t point, Chain& target) const {
    write_members(point, target, true);
    if (cutoffs.width > 0) write_cutoffs(point, target);
}

void ChainPoints::rewrite(std::size_t point, Chain& target) const {
    write_members(point, target, false);
    if (cutoffs.varies()) write_cutoffs(point, target);
}

void ChainPoints::write_members(std::size_t point, Chain& target, bool all) const {
    for (std::size_t k = 0; k < table_of_link.size(); ++k) {
        const PointTable& table = links[table_of_link[k]];
        if (all || table.varies()) read(table.row(point), target.links[k]);
    }
    for (std::size_t i = 0; i < table_of_node.size(); ++i) {
        const PointTable& table = nodes[table_of_node[i]];
        if (all || table.varies()) read(table.row(point), target.nodes[i]);
    }
}

void ChainPoints::write_cutoffs(std::size_t point, Chain& target) const {
    const double* row = cutoffs.row(point);
    if (chain.protocol == Protocol::swap_asap) {
        target.global_cutoff = *row;
        return;
    }
    if (chain.protocol == Protocol::nested) {
        for (std::size_t l = 0; l < cutoffs.width; ++l) target.levels[l].cutoff.value = row[l];
        return;
    }
    // Without a finite one nothing is discarded at all.
    const bool discards =
        std::any_of(row, row + cutoffs.width, [](double x) { return !(x > 0.0 && std::isinf(x)); });
    target.slotted.cutoffs.assign(row, discards ? row + cutoffs.width : row);
}

}  // namespace ebit
