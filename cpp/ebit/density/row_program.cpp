#include "ebit/density/row_program.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "ebit/density/row_rewriter.hpp"

namespace ebit {

namespace {

constexpr std::uint32_t none = RowProgram::none;
using Node = RowGraph::Node;
using Kind = RowProgram::Kind;

// While slots are still being added, places of the other kinds carry a mark.
constexpr std::uint32_t constant_mark = 0x40000000, outside_mark = 0x80000000;

bool comes_from_outside(RowOp op) { return op == RowOp::one || op == RowOp::input || op == RowOp::parameter; }

Kind kind_of(RowOp op) {
    switch (op) {
        case RowOp::input:
            return Kind::input;
        case RowOp::parameter:
            return Kind::parameter;
        case RowOp::sign_of_flag:
            return Kind::flag;
        case RowOp::given:
            return Kind::given;
        default:
            return Kind::one;
    }
}

TermKind kind_of(double factor, bool has_a, bool has_b) {
    if (!has_a) return TermKind::number;
    if (factor == 1.0) return has_b ? TermKind::product : TermKind::plus;
    if (factor == -1.0) return has_b ? TermKind::minus_product : TermKind::minus;
    return has_b ? TermKind::scaled_product : TermKind::scaled;
}

class Scheduler {
  public:
    Scheduler(const RowGraph& graph, const RowOutputs& outputs, RowProgram& program)
        : rewritten_(graph, outputs), nodes_(rewritten_.nodes), outputs_(outputs), program_(program) {}

    void run() {
        prologue_place_.assign(nodes_.size(), none);
        place_.assign(nodes_.size(), none);
        find_last_uses();
        claim_outputs();
        for (std::uint32_t n = 0; n < nodes_.size(); ++n)
            if (rewritten_.is_needed(n) && nodes_[n].uniform) emit_to_prologue(n);
        for (std::uint32_t n = 0; n < nodes_.size(); ++n)
            if (rewritten_.is_needed(n)) emit_to_body(n);
        settle_places();
    }

  private:
    struct Copy {
        double factor;
        std::uint32_t target;
    };

    // ---- the prologue ----

    void emit_to_prologue(std::uint32_t n) {
        const Node& node = nodes_[n];
        if (node.op == RowOp::probability) return;  // of the outcome before it
        prologue_place_[n] = program_.num_prologue_places++;
        if (node.op == RowOp::outcome) prologue_place_[n + 1] = program_.num_prologue_places++;
        if (comes_from_outside(node.op) || node.op == RowOp::sign_of_flag || node.op == RowOp::given) {
            program_.given.push_back({prologue_place_[n], {kind_of(node.op), node.index, node.second}});
        } else {
            emit(program_.prologue, n, [&](std::uint32_t operand) { return prologue_place_[operand]; });
            program_.prologue.back().target = prologue_place_[n];
            if (node.op == RowOp::outcome) program_.prologue.back().second_target = prologue_place_[n + 1];
        }
        emit_checks(program_.prologue, n, prologue_place_[n]);
    }

    // ---- the body ----

    void emit_to_body(std::uint32_t n) {
        const Node& node = nodes_[n];
        if (!node.uniform && node.op != RowOp::probability) {
            if (comes_from_outside(node.op)) {
                place_[n] = outside({kind_of(node.op), node.index, node.second});
            } else {
                emit(program_.body, n, [&](std::uint32_t operand) { return read_place(operand); });
                // A row may stand where an operand stood: kernels read before they write.
                for (const std::uint32_t operand : rewritten_.operands(node))
                    if (last_use_[operand] == n) release(operand);
                program_.body.back().target = take(n);
                if (node.op == RowOp::outcome) program_.body.back().second_target = take(n + 1);
            }
            emit_checks(program_.body, n, place_[n]);
        }
        emit_outputs(n);
        if (last_use_[n] == n) release(n);
    }

    std::uint32_t read_place(std::uint32_t n) {
        if (!nodes_[n].uniform) return place_[n];
        if (place_[n] == none) {
            place_[n] = constant_mark + static_cast<std::uint32_t>(program_.constants.size());
            program_.constants.push_back(prologue_place_[n]);
        }
        return place_[n];
    }

    std::uint32_t take(std::uint32_t n) {
        if (place_[n] != none) return place_[n];  // it is delivered
        if (free_.empty()) free_.push_back(program_.num_slots++);
        place_[n] = free_.back();
        free_.pop_back();
        return place_[n];
    }
    void release(std::uint32_t n) {
        if (place_[n] < constant_mark) free_.push_back(std::exchange(place_[n], none));
    }

    std::uint32_t outside(const RowProgram::Outside& row) {
        const auto next = outside_mark + static_cast<std::uint32_t>(program_.outside.size());
        program_.outside.push_back(row);
        return next;
    }

    // ---- outputs ----

    // A row that is delivered as it is, once, is computed where it is delivered.
    void deliver(const RowValue& value, const RowProgram::Outside& row) {
        const std::uint32_t target = outside(row), n = value.node;
        const bool fits = value.factor == 1.0 && !nodes_[n].uniform && !comes_from_outside(nodes_[n].op);
        if (fits && place_[n] == none)
            place_[n] = target;
        else
            copies_[value.is_zero() ? 0 : n].push_back({value.factor, target});
    }

    void claim_outputs() {
        copies_.resize(nodes_.size());
        for (std::uint32_t s = 0; s < outputs_.states.size(); ++s)
            for (std::uint32_t row = 0; row < outputs_.states[s].size(); ++row)
                deliver(outputs_.states[s][row], {Kind::state, s, row});
        for (std::uint32_t i = 0; i < outputs_.numbers.size(); ++i)
            deliver(outputs_.numbers[i], {Kind::number, i, 0});
    }

    void emit_outputs(std::uint32_t n) {
        for (const Copy& copy : copies_[n]) {
            RowInstruction made{.op = RowOp::sum, .target = copy.target, .scale = none};
            made.first_term = add_term(copy.factor, n == 0 ? none : read_place(n), none);
            made.num_terms = 1;
            program_.body.push_back(made);
        }
        if (nodes_[n].op != RowOp::outcome) return;
        for (std::uint32_t i = 0; i < outputs_.outcomes.size(); ++i)
            if (outputs_.outcomes[i] == n) store(RowOp::store_outcome, n, {Kind::outcome, i, 0});
        for (std::uint32_t i = 0; i < outputs_.flags.size(); ++i) {
            if (outputs_.flags[i].outcome != n) continue;
            store(RowOp::store_flag, n, {Kind::accepted, i, 0});
            program_.body.back().index = static_cast<std::uint32_t>(program_.accepted.size());
            program_.accepted.push_back(outputs_.flags[i].accepted);
        }
    }

    void store(RowOp op, std::uint32_t n, const RowProgram::Outside& to) {
        RowInstruction made{.op = op, .target = outside(to), .scale = none};
        made.first_term = add_term(1.0, read_place(n), none);
        made.num_terms = 1;
        program_.body.push_back(made);
    }

    void emit_checks(std::vector<RowInstruction>& list, std::uint32_t n, std::uint32_t place) {
        for (const auto& check : outputs_.checks) {
            if (check.value.node != n) continue;
            RowInstruction made{.op = RowOp::check, .scale = none};
            made.first_term = add_term(1.0, place, none);
            made.num_terms = 1;
            made.index = static_cast<std::uint32_t>(program_.ranges.size());
            program_.ranges.push_back({check.low, check.high});
            program_.checked.push_back(check.name);
            list.push_back(made);
        }
    }

    // ---- instructions ----

    std::uint32_t add_term(double factor, std::uint32_t a, std::uint32_t b) {
        program_.terms.push_back({factor, a, b, kind_of(factor, a != none, b != none)});
        return static_cast<std::uint32_t>(program_.terms.size() - 1);
    }

    template <class Place>
    void emit(std::vector<RowInstruction>& list, std::uint32_t n, Place place) {
        const Node& node = nodes_[n];
        RowInstruction made{.op = node.op, .scale = none};
        made.number = node.number;
        made.index = node.index;
        made.second = node.second;
        if (node.scale != 0) made.scale = place(node.scale);
        if (node.op == RowOp::variate) program_.num_steps = std::max(program_.num_steps, node.index + 1);
        made.first_term = static_cast<std::uint32_t>(program_.terms.size());
        if (node.op == RowOp::sign_of_flag || node.op == RowOp::given)
            add_term(1.0, outside({kind_of(node.op), node.index, 0}), none);
        for (const auto& [factor, a, b] : node.terms) {
            if (node.op == RowOp::sum)
                add_term(factor, a == 0 ? none : place(a), b == 0 ? none : place(b));
            else
                add_term(factor, place(a), b);
        }
        made.num_terms = static_cast<std::uint32_t>(program_.terms.size()) - made.first_term;
        list.push_back(made);
    }

    void find_last_uses() {
        last_use_.resize(nodes_.size());
        for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
            last_use_[n] = n;
            if (!rewritten_.is_needed(n) || nodes_[n].uniform) continue;
            for (const std::uint32_t operand : rewritten_.operands(nodes_[n])) last_use_[operand] = n;
        }
    }

    void settle_places() {
        const auto settle = [&](std::uint32_t& place) {
            if (place == none) return;
            const std::uint32_t slots = program_.num_slots;
            if (place >= outside_mark)
                place = place - outside_mark + slots + static_cast<std::uint32_t>(program_.constants.size());
            else if (place >= constant_mark)
                place = place - constant_mark + slots;
        };
        for (RowInstruction& made : program_.body) {
            settle(made.target);
            if (made.op == RowOp::outcome) settle(made.second_target);
            settle(made.scale);
            for (std::uint32_t t = made.first_term; t < made.first_term + made.num_terms; ++t) {
                settle(program_.terms[t].a);
                if (made.op == RowOp::sum) settle(program_.terms[t].b);
            }
        }
    }

    const RewrittenGraph rewritten_;
    const std::vector<Node>& nodes_;
    const RowOutputs& outputs_;
    RowProgram& program_;
    std::vector<std::uint32_t> prologue_place_, place_, last_use_, free_;
    std::vector<std::vector<Copy>> copies_;
};

}  // namespace

RowProgram::RowProgram(const RowGraph& graph, const RowOutputs& outputs) {
    Scheduler(graph, outputs, *this).run();
}

}  // namespace ebit
