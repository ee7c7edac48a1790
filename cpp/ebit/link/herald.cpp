#include "ebit/link/herald.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

// An X on qubit b. (Adding 0 makes a zero of -0.)
Correlations rotate_to_phi(Correlations c) {
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j) c[entry(i, j)] = c[entry(i, j)] * pauli_signs[2][j] + 0.0;
    return c;
}

double slot(const Arm& a, const Arm& b, const Herald& herald) {
    const double time = 2.0 * std::max(a.delay(), b.delay()) + herald.preparation_time;
    if (!(time > 0.0))
        throw InvalidParameter("preparation_time", herald.preparation_time,
                               "positive for arms without length");
    return time;
}

}  // namespace

void Herald::check() const {
    require_non_negative("preparation_time", preparation_time);
    if (modes < 1) throw InvalidParameter("modes", std::to_string(modes), "at least 1");
}

double any_of_modes(double p, std::int64_t modes) {
    return -std::expm1(static_cast<double>(modes) * std::log1p(-p));
}

ElementaryLink heralded_link(const Arm& a, const Arm& b, const Herald& herald, const HeraldEvent& event) {
    const Fading law_a = a.fading();
    const Fading law_b = b.fading();
    Correlations sum{};
    double log_lost = 0.0;  // average of log(1 - eta), minus the capacity bound in nats
    for (std::size_t i = 0; i < law_a.weight.size(); ++i)
        for (std::size_t j = 0; j < law_b.weight.size(); ++j) {
            const double weight = law_a.weight[i] * law_b.weight[j];
            const double eta_a = law_a.transmissivity[i];
            const double eta_b = law_b.transmissivity[j];
            const Correlations heralded = event(eta_a, eta_b);
            for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += weight * heralded[k];
            log_lost += weight * std::log1p(-eta_a * eta_b);
        }
    ElementaryLink link;
    link.p_success = any_of_modes(std::min(1.0, sum[0]), herald.modes);
    link.attempt_time = slot(a, b, herald);
    link.transmissivity = -std::expm1(log_lost);
    link.modes = herald.modes;
    for (std::size_t k = 0; k < sum.size(); ++k) link.state[k] = sum[k] / sum[0];
    if (herald.frame == Frame::phi) link.state = rotate_to_phi(link.state);
    link.check();  // p_success = 0 ends here
    return link;
}

}  // namespace ebit
