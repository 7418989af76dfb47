#include "gmm/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "gmm/report.hpp"

namespace gmm {
namespace {

constexpr double width = 460.0, height = 260.0, margin = 80.0, top = 90.0;
constexpr const char* blue = "#1b6ca8";

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text)
        result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    return result;
}

std::string label(double x, double y, const std::string& text, int size = 11,
                  const char* anchor = "start", const char* fill = "#333") {
    return fmt::format(
        "<text x='{:.1f}' y='{:.1f}' font-size='{}' text-anchor='{}' fill='{}'>{}</text>\n", x, y,
        size, anchor, fill, escaped(text));
}

/// A frame with a title and values up its left side, from `low` to `high`.
struct Panel {
    double left;
    double low, high;

    double y(double value) const {
        const double part = high > low ? (value - low) / (high - low) : 0.5;
        return top + height * (1.0 - part);
    }
    std::string frame(const std::string& title, const std::string& across) const {
        std::string s = label(left, top - 12, title, 13);
        constexpr int steps = 4;
        for (int i = 0; i <= steps; ++i) {
            const double value = low + (high - low) * i / steps;
            s += fmt::format(
                "<line x1='{:.1f}' x2='{:.1f}' y1='{:.1f}' y2='{:.1f}' stroke='#ddd'/>\n", left,
                left + width, y(value), y(value));
            s += label(left - 6, y(value) + 4, fmt::format("{:.5g}", value), 10, "end", "#666");
        }
        return s + label(left + 0.5 * width, top + height + 34, across, 11, "middle", "#666");
    }
};

std::string likelihood_panel(const std::vector<double>& trace, double left) {
    const auto [low, high] = std::minmax_element(trace.begin(), trace.end());
    const double pad = std::max(0.05 * (*high - *low), 1e-12);
    const Panel panel{left, *low - pad, *high + pad};
    std::string s = panel.frame("log-likelihood [nats a frame]", "iteration");
    s += fmt::format("<polyline fill='none' stroke='{}' stroke-width='1.8' points='", blue);
    const auto x = [&](std::size_t i) {
        return left + 8.0 +
               (width - 16.0) * static_cast<double>(i) /
                   static_cast<double>(std::max<std::size_t>(1, trace.size() - 1));
    };
    for (std::size_t i = 0; i < trace.size(); ++i)
        s += fmt::format("{:.1f},{:.1f} ", x(i), panel.y(trace[i]));
    s += "'/>\n";
    if (trace.size() <= 60)
        for (std::size_t i = 0; i < trace.size(); ++i)
            s += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='2.6' fill='white' stroke='{}'/>\n",
                             x(i), panel.y(trace[i]), blue);
    return s + label(x(0), top + height + 16, "1", 10, "middle", "#666") +
           label(x(trace.size() - 1), top + height + 16, fmt::format("{}", trace.size()), 10,
                 "middle", "#666");
}

std::string weights_panel(const asp::Array<double, 1>& weights, double left) {
    std::vector<double> sorted(weights.begin(), weights.end());
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    const Panel panel{left, 0.0, sorted.front()};
    std::string s = panel.frame("weights of the components", "from the heaviest to the lightest");
    const double step = width / static_cast<double>(sorted.size());
    for (std::size_t m = 0; m < sorted.size(); ++m)
        s += fmt::format("<rect x='{:.2f}' y='{:.2f}' width='{:.2f}' height='{:.2f}' fill='{}'/>\n",
                         left + step * static_cast<double>(m) + 0.1 * step, panel.y(sorted[m]),
                         0.8 * step, top + height - panel.y(sorted[m]), blue);
    return s;
}

}  // namespace

std::string draw(const Model& model) {
    const FitState& state = model.state;
    const bool has_trace = !state.trace.empty();
    const double whole = margin + (has_trace ? 2.0 : 1.0) * (width + margin);
    std::string s = fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0:.0f} {1:.0f}' width='{0:.0f}' "
        "height='{1:.0f}' font-family='sans-serif'>\n"
        "<rect width='100%' height='100%' fill='white'/>\n",
        whole, top + height + 60.0);
    s += label(20, 28, title_of(state.mixture), 16);
    s += label(
        20, 48,
        fmt::format("{}, {}; {}", counted(static_cast<std::size_t>(state.iteration), "iteration"),
                    state.converged ? "converged" : "not converged",
                    counted(state.repairs.size(), "repair")),
        12, "start", "#666");
    if (has_trace) s += likelihood_panel(state.trace, margin);
    s += weights_panel(state.mixture.weights, has_trace ? 2 * margin + width : margin);
    return s + "</svg>\n";
}

}  // namespace gmm
