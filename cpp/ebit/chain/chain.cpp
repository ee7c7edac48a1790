#include "ebit/chain/chain.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

// Adds the address of the member to what its own check says.
template <class Member>
void check_member(const Member& member, const char* list, std::size_t index, const char* field = "") {
    try {
        member.check();
    } catch (const InvalidParameter& error) {
        throw InvalidParameter(std::string(list) + "." + std::to_string(index) + "." + field + error.what());
    }
}

template <class Choice>
Choice named(std::string_view parameter, std::string_view name,
             std::initializer_list<std::pair<std::string_view, Choice>> choices) {
    std::string allowed;
    for (const auto& [known, choice] : choices) {
        if (known == name) return choice;
        allowed.append(allowed.empty() ? "" : " or ").append(known);
    }
    throw InvalidParameter(parameter, name, allowed);
}

}  // namespace

Protocol protocol_named(std::string_view name) {
    return named<Protocol>("protocol", name,
                           {{"swap_asap", Protocol::swap_asap},
                            {"slotted", Protocol::slotted},
                            {"doubling", Protocol::doubling},
                            {"nested", Protocol::nested}});
}

EndNode end_node_named(std::string_view name) {
    return named<EndNode>("end_nodes", name, {{"measure", EndNode::measure}, {"store", EndNode::store}});
}

PairDecay pair_decay_named(std::string_view name) {
    return named<PairDecay>("pair_decay", name, {{"each", PairDecay::each}, {"once", PairDecay::once}});
}

FailedSwap failed_swap_named(std::string_view name) {
    return named<FailedSwap>(
        "failed_swap", name,
        {{"simultaneous", FailedSwap::simultaneous}, {"left_to_right", FailedSwap::left_to_right}});
}

HiddenSegments hidden_segments_named(std::string_view name) {
    return named<HiddenSegments>(
        "hidden_segments", name,
        {{"regenerate", HiddenSegments::regenerate}, {"idle", HiddenSegments::idle}});
}

Generation generation_named(std::string_view name) {
    return named<Generation>("generation", name,
                             {{"parallel", Generation::parallel}, {"sequential", Generation::sequential}});
}

Matching matching_named(std::string_view name) {
    return named<Matching>("matching", name,
                           {{"best_first", Matching::best_first},
                            {"first_come", Matching::first_come},
                            {"random", Matching::random}});
}

Policy policy_named(std::string_view name) {
    return named<Policy>("policy", name,
                         {{"swap_asap", Policy::swap_asap},
                          {"doubling", Policy::doubling},
                          {"outer_nodes_first", Policy::outer_nodes_first},
                          {"sequential", Policy::sequential},
                          {"table", Policy::table},
                          {"compiled", Policy::compiled}});
}

CutOff::Kind cutoff_named(std::string_view name) {
    return named<CutOff::Kind>("cutoff", name,
                               {{"none", CutOff::Kind::none},
                                {"memory_time", CutOff::Kind::memory_time},
                                {"run_time", CutOff::Kind::run_time},
                                {"fidelity", CutOff::Kind::fidelity}});
}

Operation operation_named(std::string_view name) {
    return named<Operation>("operation", name,
                            {{"swap", Operation::swap},
                             {"bbpssw", Operation::bbpssw},
                             {"dejmps", Operation::dejmps},
                             {"epl", Operation::epl}});
}

bool Chain::swaps_always_succeed() const {
    return std::all_of(nodes.begin() + 1, nodes.end() - 1,
                       [](const Node& n) { return n.bsm.p_success == 1.0; });
}

bool Chain::is_slotted() const {
    return protocol == Protocol::slotted || (protocol == Protocol::swap_asap && !swaps_always_succeed());
}

bool Chain::both_ends_store() const { return end_nodes == std::array{EndNode::store, EndNode::store}; }

double Chain::most_attempts(std::size_t link) const {
    // So that 16 * 1e-3 / 1e-3 is 16.
    return std::floor(global_cutoff / links[link].attempt_time * (1.0 + 1e-12));
}

double Chain::p_round() const {
    double p = 1.0;
    for (std::size_t k = 0; k < links.size(); ++k)
        p *= -std::expm1(most_attempts(k) * std::log1p(-links[k].p_success));
    return p;
}

const SlottedRules& Chain::slotted_rules() const {
    static const SlottedRules defaults;
    return protocol == Protocol::slotted ? slotted : defaults;
}

bool Chain::carries_states() const {
    return protocol == Protocol::nested && std::any_of(levels.begin(), levels.end(), [](const Level& level) {
               return level.operation != Operation::swap || level.cutoff.kind == CutOff::Kind::fidelity;
           });
}

double Chain::common_attempt_time() const {
    const double first = links.front().attempt_time;
    const bool common =
        std::all_of(links.begin(), links.end(), [=](const auto& link) { return link.attempt_time == first; });
    return common ? first : 0.0;
}

Memory Chain::stored_memory(std::size_t link, std::size_t side) const {
    Memory memory = nodes[link + side].memory;
    if (pair_decay == PairDecay::once) {
        memory.rate_x *= 0.5;
        memory.rate_y *= 0.5;
        memory.rate_z *= 0.5;
    }
    return memory;
}

void Chain::check() const {
    check_sizes();
    for (std::size_t k = 0; k < links.size(); ++k) check_member(links[k], "links", k);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        check_member(nodes[i].memory, "nodes", i, "memory.");
        check_member(nodes[i].bsm, "nodes", i, "bsm.");
    }
    check_rules();
}

void Chain::check_sizes() const {
    if (links.empty()) throw InvalidParameter("links must hold at least one link");
    if (links.size() > max_links)
        throw InvalidParameter("links", std::to_string(links.size()) + " links",
                               "at most " + std::to_string(max_links));
    if (nodes.size() != links.size() + 1)
        throw InvalidParameter("nodes", std::to_string(nodes.size()) + " nodes",
                               "one more than the links: " + std::to_string(links.size() + 1));
}

void Chain::check_rules() const {
    check_sizes();
    for (std::size_t i = 1; i < links.size(); ++i) {
        if (nodes[i].bsm.p_success < 1e-12)
            throw InvalidParameter("nodes." + std::to_string(i) + ".bsm.p_success", nodes[i].bsm.p_success,
                                   "at least 1e-12: the chain could never deliver");
    }
    if (pair_decay == PairDecay::once) {
        if (!both_ends_store())
            throw InvalidParameter("pair_decay = once is not allowed with end nodes that measure at once");
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (!nodes[i].memory.is_diagonal())
                throw InvalidParameter("pair_decay = once is not allowed with nodes." + std::to_string(i) +
                                       ".memory that relaxes toward one of its states (finite t1)");
        }
    }
    if (protocol == Protocol::nested) check_levels();
    if (protocol == Protocol::slotted) slotted.check(links.size());
    check_global_cutoff();
    if (is_slotted() && common_attempt_time() == 0.0)
        throw InvalidParameter(
            "links.attempt_time must be equal on all links of a slotted chain, and where swap-asap swaps can "
            "fail (event-driven time is not covered)");
    if (protocol == Protocol::slotted) slotted.check_delivery(links.size(), common_attempt_time());
}

void Chain::check_global_cutoff() const {
    if (!(global_cutoff >= 0.0))
        throw InvalidParameter("global_cutoff", global_cutoff, "non-negative (infinity allowed)");
    if (!restarts()) return;
    if (protocol != Protocol::swap_asap || !swaps_always_succeed())
        throw InvalidParameter("global_cutoff", global_cutoff,
                               "infinite unless the protocol is swap-asap and all its swaps succeed");
    if (const double p = p_round(); !(p >= 1e-9))
        throw InvalidParameter(
            "global_cutoff", global_cutoff,
            "longer: all links are there by then with a probability of " + to_text(p) + ", less than 1e-9");
}

void Chain::check_levels() const {
    std::size_t spanned = 1;
    for (std::size_t l = 0; l < levels.size(); ++l) {
        const std::string address = "levels." + std::to_string(l) + ".cutoff";
        if (levels[l].operation == Operation::swap) spanned *= 2;
        if (spanned > links.size()) break;
        if (levels[l].cutoff.kind == CutOff::Kind::fidelity)
            require_in_range(address, levels[l].cutoff.value, 0.25, 1.0);
        else
            require_non_negative(address, levels[l].cutoff.value);
    }
    if (spanned != links.size())
        throw InvalidParameter("links", std::to_string(links.size()) + " links",
                               "two to the power of the number of swap levels: " + std::to_string(spanned));
    if (levels.size() > max_levels)
        throw InvalidParameter("levels", std::to_string(levels.size()) + " levels",
                               "at most " + std::to_string(max_levels));
    const bool distils = std::any_of(levels.begin(), levels.end(),
                                     [](const Level& level) { return level.operation != Operation::swap; });
    if (distils && !both_ends_store())
        throw InvalidParameter("end_nodes = measure is not allowed where pairs are distilled: store them");
}

}  // namespace ebit
