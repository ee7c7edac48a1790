#include <algorithm>

#include "ebit/chain/delivered_state.hpp"
#include "ebit/chain/whole_state.hpp"

namespace ebit {

namespace {

class CarriedState final : public DeliveredState {
  public:
    explicit CarriedState(const Chain& chain) {
        const auto components = carried_components(chain);
        columns_.memories.resize(2 * chain.size());
        columns_.count = components.size();
        entries_[0].constant = 1.0;
        // Correlations come first.
        for (const std::uint8_t component : components)
            if (component < entries_.size()) entries_[component] = {0.0, 1.0, feature_count_++};
    }

    void evaluate(const Columns& storage, std::size_t shots, Columns& features, Columns&) const override {
        for (std::size_t f = 0; f < feature_count_; ++f)
            std::copy_n(storage[f].data(), shots, features[f].data());
    }
};

}  // namespace

std::unique_ptr<DeliveredState> make_carried_state(const Chain& chain) {
    return std::make_unique<CarriedState>(chain);
}

}  // namespace ebit
