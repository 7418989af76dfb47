#include "krylov/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace krylov {
namespace {

constexpr double panel_width = 270.0, panel_height = 180.0, gap = 60.0;
constexpr double margin_left = 60.0, margin_top = 84.0;
constexpr std::size_t columns = 4;

constexpr std::array<const char*, 8> colours{"#1b6ca8", "#d1495b", "#2e933c", "#8d5a97",
                                             "#e08e45", "#3b8ea5", "#7a6c5d", "#b5179e"};

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

/// A round number that cuts [0, high] into 2 to 5 parts.
double round_step(double high) {
    const double raw = std::max(high, 1e-300) / 4.0;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    const double part = raw / power;
    return power * (part > 5.0 ? 10.0 : part > 2.0 ? 5.0 : part > 1.0 ? 2.0 : 1.0);
}

/// The names of all curves in the order in which they appear, limits last.
std::vector<Curve> legend_of(const Plot& plot) {
    std::vector<Curve> entries;
    for (const bool is_limit : {false, true})
        for (const Panel& panel : plot.panels)
            for (const Curve& curve : panel.curves) {
                const bool is_known =
                    std::any_of(entries.begin(), entries.end(),
                                [&](const Curve& e) { return e.name == curve.name; });
                if (curve.is_limit == is_limit && !is_known)
                    entries.push_back({curve.name, {}, is_limit});
            }
    return entries;
}

std::string stroke(const std::vector<Curve>& legend, const Curve& curve) {
    const auto at = std::find_if(legend.begin(), legend.end(),
                                 [&](const Curve& e) { return e.name == curve.name; });
    const auto place = static_cast<std::size_t>(at - legend.begin());
    if (!curve.is_limit) return fmt::format("stroke='{}'", colours[place % colours.size()]);
    // Limits are told apart by their dashes.
    return fmt::format("stroke='#888' stroke-dasharray='{}'", place % 2 == 0 ? "6 3" : "2 3");
}

class Chart {
public:
    Chart(const Panel& panel, double left, double top) : panel_(panel), left_(left), top_(top) {
        double high = 0.0;
        for (const Curve& curve : panel.curves)
            for (const auto& [x, y] : curve.points) {
                ticks_.insert(x);
                high = std::max(high, y);
            }
        step_ = round_step(high);
        high_ = step_ * std::max(1.0, std::ceil(high / step_));
    }

    std::string text(const std::vector<Curve>& legend) const {
        std::string s = label(left_, top_ - 8, panel_.title, 12);
        for (int i = 0; i <= static_cast<int>(std::lround(high_ / step_)); ++i) {
            const double tick = step_ * i;
            s += fmt::format(
                "<line x1='{:.1f}' x2='{:.1f}' y1='{:.1f}' y2='{:.1f}' stroke='#ddd'/>\n", left_,
                left_ + panel_width, y(tick), y(tick));
            s += label(left_ - 6, y(tick) + 4, fmt::format("{:g}", tick), 10, "end", "#666");
        }
        for (const double tick : ticks_)
            s += label(x(tick), top_ + panel_height + 14, fmt::format("{:g}", tick), 10, "middle",
                       "#666");
        for (const Curve& curve : panel_.curves) s += line(legend, curve);
        return s;
    }

private:
    double x(double value) const {
        if (ticks_.size() < 2) return left_ + 0.5 * panel_width;
        const double low = *ticks_.begin(), high = *ticks_.rbegin();
        return left_ + 12.0 + (panel_width - 24.0) * (value - low) / (high - low);
    }
    double y(double value) const { return top_ + panel_height * (1.0 - value / high_); }

    std::string line(const std::vector<Curve>& legend, const Curve& curve) const {
        const std::string colour = stroke(legend, curve);
        std::string s = fmt::format("<polyline fill='none' {} stroke-width='1.8' points='", colour);
        for (const auto& [px, py] : curve.points) s += fmt::format("{:.1f},{:.1f} ", x(px), y(py));
        s += "'/>\n";
        for (const auto& [px, py] : curve.points)
            if (curve.is_limit && curve.points.size() == 1)  // a line that is seen
                s += fmt::format("<line x1='{:.1f}' x2='{:.1f}' y1='{:.1f}' y2='{:.1f}' {}/>\n",
                                 left_, left_ + panel_width, y(py), y(py), colour);
            else if (!curve.is_limit)
                s += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='2.6' fill='white' {}/>\n",
                                 x(px), y(py), colour);
        return s;
    }

    const Panel& panel_;
    double left_, top_;
    std::set<double> ticks_;
    double step_ = 1.0, high_ = 1.0;
};

}  // namespace

std::string draw(const Plot& plot) {
    const std::vector<Curve> legend = legend_of(plot);
    const std::size_t across = std::clamp<std::size_t>(plot.panels.size(), 1, columns);
    const std::size_t down = std::max<std::size_t>((plot.panels.size() + columns - 1) / columns, 1);
    const double width = margin_left + static_cast<double>(across) * (panel_width + gap) + 20.0;
    const double legend_top = margin_top + static_cast<double>(down) * (panel_height + gap) + 10.0;
    const double height = legend_top + 18.0 * static_cast<double>(legend.size()) + 10.0;
    std::string s = fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0:.0f} {1:.0f}' width='{0:.0f}' "
        "height='{1:.0f}' font-family='sans-serif'>\n"
        "<rect width='100%' height='100%' fill='white'/>\n",
        width, height);
    s += label(20, 26, plot.title, 16);
    s += label(20, 44, plot.y_label + "; across: " + plot.x_label, 12, "start", "#666");
    for (std::size_t i = 0; i < plot.panels.size(); ++i) {
        const std::size_t row = i / columns, column = i % columns;
        const Chart chart(plot.panels[i],
                          margin_left + static_cast<double>(column) * (panel_width + gap),
                          margin_top + static_cast<double>(row) * (panel_height + gap));
        s += chart.text(legend);
    }
    for (std::size_t i = 0; i < legend.size(); ++i) {
        const double at = legend_top + 18.0 * static_cast<double>(i);
        s += fmt::format(
            "<line x1='{0:.0f}' x2='{1:.0f}' y1='{2:.1f}' y2='{2:.1f}' {3} stroke-width='2.5'/>\n",
            margin_left, margin_left + 26, at - 4, stroke(legend, legend[i]));
        s += label(margin_left + 34, at, legend[i].name, 12);
    }
    return s + "</svg>\n";
}

}  // namespace krylov
