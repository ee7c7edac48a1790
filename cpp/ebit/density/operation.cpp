#include "ebit/density/operation.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <tuple>
#include <type_traits>

#include "ebit/base/error.hpp"
#include "ebit/channel/catalogue.hpp"

namespace ebit {

namespace {

// How many numbers, of eight bytes, a parameter of a catalogue function consists of.
template <class T>
constexpr int width = static_cast<int>(sizeof(T) / 8);

template <class T>
T read(const double*& parameters) {
    T value;
    std::memcpy(&value, parameters, sizeof value);
    parameters += width<T>;
    return value;
}

template <auto function>
struct Channel;
template <class Result, class... Args, Result (*function)(Args...)>
struct Channel<function> {
    static constexpr int num_qubits = std::is_same_v<Result, PauliTransfer> ? 1 : 2;
    static constexpr int num_parameters = (width<std::remove_cvref_t<Args>> + ... + 0);

    static void transfer(const double* parameters, double* out) {
        // Braces: arguments are read from left to right.
        const std::tuple<std::remove_cvref_t<Args>...> arguments{
            read<std::remove_cvref_t<Args>>(parameters)...};
        const Result r = std::apply(function, arguments);
        std::memcpy(out, r.data(), sizeof r);
    }
};

template <std::size_t I>
Operation channel() {
    constexpr auto member = std::get<I>(channels::catalogue);
    using Member = Channel<member.function>;
    return {member.name, Member::num_qubits, Member::num_parameters, nullptr, &Member::transfer};
}

std::vector<Operation> table() {
    std::vector<Operation> all;
    for (const Gate& known : gates())
        all.push_back(
            {known.name, known.num_qubits, static_cast<int>(known.parameters.size()), &known, nullptr});
    constexpr std::size_t count = std::tuple_size_v<decltype(channels::catalogue)>;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (all.push_back(channel<I>()), ...);
    }(std::make_index_sequence<count>{});
    return all;
}

}  // namespace

void Operation::transfer(const double* parameters, double* out) const {
    if (gate != nullptr)
        gate->transfer_at(parameters, out);
    else
        channel(parameters, out);
}

std::span<const Operation> operations() {
    static const std::vector<Operation> all = table();
    return all;
}

const Operation& operation(std::string_view name) {
    const auto found = std::ranges::find(operations(), name, &Operation::name);
    if (found != operations().end()) return *found;
    std::string allowed = "one of";
    for (const Operation& known : operations()) allowed.append(" ").append(known.name);
    throw InvalidParameter("operation", name, allowed);
}

void unitary_transfer(int num_qubits, const std::complex<double>* unitary, double* out) {
    conjugation(num_qubits, unitary, out);
    const std::size_t side = std::size_t{1} << 2 * num_qubits;
    for (std::size_t i = 0; i < side; ++i) out[i] = out[i * side] = i == 0 ? 1.0 : 0.0;
}

}  // namespace ebit
