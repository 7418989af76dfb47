#include "bloodflow/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "bloodflow/units.hpp"

namespace bloodflow {
namespace {

using Point = std::array<double, 2>;

struct Box {
    double left, top, width, height;
};

/// Low to high, equally far apart for the eye and in grey.
std::string colour(double part) {
    constexpr std::array<std::array<double, 3>, 5> stops{
        {{48, 18, 110}, {62, 94, 168}, {38, 150, 142}, {120, 196, 92}, {240, 214, 50}}};
    const double place = std::clamp(part, 0.0, 1.0) * 4.0;
    const auto i = std::min<std::size_t>(static_cast<std::size_t>(place), 3);
    const double f = place - static_cast<double>(i);
    std::array<int, 3> rgb{};
    for (std::size_t k = 0; k < 3; ++k)
        rgb[k] = static_cast<int>(stops[i][k] + f * (stops[i + 1][k] - stops[i][k]));
    return fmt::format("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
}

constexpr std::array<const char*, 8> line_colours{"#1b6ca8", "#d1495b", "#2e933c", "#8d5a97",
                                                  "#e08e45", "#3b8ea5", "#7a6c5d", "#b5179e"};

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '&')
            result += "&amp;";
        else if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else
            result += c;
    }
    return result;
}

std::string label(Point at, const std::string& text, int size = 12, const char* anchor = "start",
                  const char* fill = "#333") {
    return fmt::format(
        "<text x='{:.1f}' y='{:.1f}' font-size='{}' text-anchor='{}' fill='{}'>{}</text>\n", at[0],
        at[1], size, anchor, fill, escaped(text));
}

/// Maps the vessels' nodes into a box, the same scale on both axes.
class Projection {
public:
    Projection(const Network& network, const std::vector<std::size_t>& vessels, Box box,
               std::function<Point(const std::array<double, 3>&)> view)
        : view_(std::move(view)) {
        Point low{1e300, 1e300}, high{-1e300, -1e300};
        for (const std::size_t v : vessels)
            for (const std::size_t node : {network.vessels[v].from, network.vessels[v].to}) {
                const Point p = view_(network.nodes[node].position);
                for (std::size_t k = 0; k < 2; ++k) {
                    low[k] = std::min(low[k], p[k]);
                    high[k] = std::max(high[k], p[k]);
                }
            }
        scale_ = std::min(box.width / std::max(high[0] - low[0], 1e-9),
                          box.height / std::max(high[1] - low[1], 1e-9));
        for (std::size_t k = 0; k < 2; ++k) middle_[k] = 0.5 * (low[k] + high[k]);
        center_ = {box.left + 0.5 * box.width, box.top + 0.5 * box.height};
    }
    Point operator()(const std::array<double, 3>& position) const {
        const Point p = view_(position);
        return {center_[0] + scale_ * (p[0] - middle_[0]),
                center_[1] - scale_ * (p[1] - middle_[1])};
    }
    double scale() const { return scale_; }

private:
    std::function<Point(const std::array<double, 3>&)> view_;
    double scale_;
    Point middle_{}, center_{};
};

/// A vessel as a tapered quadrilateral, with round ends.
std::string tube(Point a, Point b, double width_a, double width_b, const std::string& fill) {
    const double dx = b[0] - a[0], dy = b[1] - a[1], length = std::max(std::hypot(dx, dy), 1e-9);
    const double nx = -0.5 * dy / length, ny = 0.5 * dx / length;
    std::string s = fmt::format(
        "<polygon points='{:.2f},{:.2f} {:.2f},{:.2f} {:.2f},{:.2f} {:.2f},{:.2f}' fill='{}'/>\n",
        a[0] + nx * width_a, a[1] + ny * width_a, b[0] + nx * width_b, b[1] + ny * width_b,
        b[0] - nx * width_b, b[1] - ny * width_b, a[0] - nx * width_a, a[1] - ny * width_a, fill);
    for (const auto& [p, width] : {std::pair{a, width_a}, std::pair{b, width_b}})
        s += fmt::format("<circle cx='{:.2f}' cy='{:.2f}' r='{:.2f}' fill='{}'/>\n", p[0], p[1],
                         0.5 * width, fill);
    return s;
}

struct Scale {
    double low, high;
    double part(double value) const { return (value - low) / std::max(high - low, 1e-300); }
};

/// Round numbers that enclose [low, high], and the step between them.
Scale round_scale(double low, double high, double& step) {
    const double raw = std::max(high - low, 1e-12) / 4.0;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    step = power * (raw / power > 5.0   ? 10.0
                    : raw / power > 2.0 ? 5.0
                    : raw / power > 1.0 ? 2.0
                                        : 1.0);
    return {step * std::floor(low / step), step * std::ceil(high / step)};
}

std::string chart(const RunConfig& config, const RunRecord& record, Box box,
                  const std::string& title,
                  const std::function<double(std::size_t, std::size_t)>& value,
                  std::size_t vessels) {
    const auto& time = record.waveforms.time;
    double low = 1e300, high = -1e300;
    for (std::size_t i = 0; i < vessels; ++i)
        for (std::size_t k = 0; k < time.size(); ++k) {
            low = std::min(low, value(config.report[i], k));
            high = std::max(high, value(config.report[i], k));
        }
    double step;
    const Scale y = round_scale(low, high, step);
    std::string s = label({box.left, box.top - 8}, title, 13);
    for (double tick = y.low; tick <= y.high + 0.5 * step; tick += step) {
        const double at = box.top + box.height * (1.0 - y.part(tick));
        s += fmt::format("<line x1='{:.1f}' x2='{:.1f}' y1='{:.1f}' y2='{:.1f}' stroke='#ddd'/>\n",
                         box.left, box.left + box.width, at, at);
        s += label({box.left - 6, at + 4},
                   fmt::format("{:g}", std::abs(tick) < 1e-9 * step ? 0.0 : tick), 11, "end",
                   "#666");
    }
    const Scale x{time.front(), time.back()};
    for (std::size_t i = 0; i < vessels; ++i) {
        s += fmt::format("<polyline fill='none' stroke='{}' stroke-width='1.6' points='",
                         line_colours[i % line_colours.size()]);
        for (std::size_t k = 0; k < time.size(); ++k)
            s += fmt::format("{:.1f},{:.1f} ", box.left + box.width * x.part(time[k]),
                             box.top + box.height * (1.0 - y.part(value(config.report[i], k))));
        s += "'/>\n";
    }
    const double bottom = box.top + box.height + 16;
    s += label({box.left, bottom}, fmt::format("{:.3g}", 0.0), 11, "middle", "#666");
    s += label({box.left + box.width, bottom}, fmt::format("{:.3g} s", time.back() - time.front()),
               11, "end", "#666");
    return s;
}

struct Painter {
    const RunConfig& config;
    std::vector<VesselSummary> summaries;
    Scale pressure;

    std::string vessels(const Projection& view, const std::vector<std::size_t>& which,
                        double wider) const {
        std::string s;
        for (const std::size_t v : which) {
            const Vessel& vessel = config.network.vessels[v];
            const auto width = [&](std::size_t end) {
                return std::max(2.0 * wider * view.scale() * vessel.radius[end], 1.5);
            };
            s += tube(view(config.network.nodes[vessel.from].position),
                      view(config.network.nodes[vessel.to].position), width(0), width(1),
                      colour(pressure.part(summaries[v].mean_pressure_mmhg)));
        }
        return s;
    }
    /// Name and mean flow of each vessel, outside of the ring that they form around `center`.
    std::string flows(const Projection& view, Point center) const {
        std::string s;
        for (const std::size_t v : config.close_up) {
            const Vessel& vessel = config.network.vessels[v];
            const Point a = view(config.network.nodes[vessel.from].position);
            const Point b = view(config.network.nodes[vessel.to].position);
            const Point middle{0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])};
            const double dx = middle[0] - center[0], dy = middle[1] - center[1];
            const double away = 28.0 / std::max(std::hypot(dx, dy), 1e-9);
            const Point at{middle[0] + away * dx, middle[1] + away * dy};
            const char* anchor = dx > 20.0 ? "start" : dx < -20.0 ? "end" : "middle";
            std::string name = vessel.name;
            std::replace(name.begin(), name.end(), '_', ' ');
            s += label({at[0], at[1] + (dy < 0.0 ? -6.0 : 6.0)}, name, 11, anchor, "#666");
            s += label({at[0], at[1] + (dy < 0.0 ? 8.0 : 20.0)},
                       fmt::format("{:.2f}", summaries[v].mean_flow_ml_s), 12, anchor);
        }
        return s;
    }
    std::string bar(Box box) const {
        std::string s;
        constexpr int pieces = 40;
        for (int i = 0; i < pieces; ++i)
            s += fmt::format(
                "<rect x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}' fill='{}'/>\n",
                box.left + box.width * i / pieces, box.top, box.width / pieces + 0.5, box.height,
                colour((i + 0.5) / pieces));
        s += label({box.left, box.top + box.height + 14}, fmt::format("{:.0f}", pressure.low), 11);
        s += label({box.left + box.width, box.top + box.height + 14},
                   fmt::format("{:.0f} mmHg mean pressure", pressure.high), 11, "end");
        return s;
    }
};

}  // namespace

std::string draw(const RunConfig& config, const RunRecord& record) {
    const Network& network = config.network;
    std::vector<std::size_t> all(network.vessels.size());
    for (std::size_t v = 0; v < all.size(); ++v) all[v] = v;

    Painter painter{config, {}, {1e300, -1e300}};
    for (const std::size_t v : all) {
        painter.summaries.push_back(summarize(network, record.waveforms, v));
        painter.pressure.low =
            std::min(painter.pressure.low, painter.summaries.back().mean_pressure_mmhg);
        painter.pressure.high =
            std::max(painter.pressure.high, painter.summaries.back().mean_pressure_mmhg);
    }
    // From the front: x to the right, up is up; where nothing has height, from above.
    double low = 1e300, high = -1e300;
    for (const Node& node : network.nodes) {
        low = std::min(low, node.position[2]);
        high = std::max(high, node.position[2]);
    }
    const bool flat = high - low < 1e-6;
    const auto front = [flat](const std::array<double, 3>& p) {
        return Point{p[0], flat ? p[1] : p[2]};
    };
    const auto above = [](const std::array<double, 3>& p) { return Point{p[0], -p[1]}; };

    const bool close_up = !config.close_up.empty();
    const double charts_left = close_up ? 850.0 : 460.0, width = charts_left + 390.0;
    std::string s = fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0:.0f} 560' width='{0:.0f}' "
        "height='560' font-family='sans-serif'>\n<rect width='100%' height='100%' fill='white'/>\n",
        width);
    s += label({20, 28}, network.name, 18);
    const Projection whole(network, all, {40, 60, 270, 430}, front);
    s += painter.vessels(whole, all, 1.0);
    s += painter.bar({40, 515, 260, 10});
    if (close_up) {
        const Projection part(network, config.close_up, {480, 130, 210, 330}, above);
        s += label({400, 52}, "from above; mean flow in mL/s", 13);
        s += painter.vessels(part, config.close_up, 0.7);
        s += painter.flows(part, {585, 295});
    }
    const std::size_t vessels = std::min<std::size_t>(config.report.size(), 6);
    s += chart(
        config, record, {charts_left, 60, 360, 170}, "pressure [mmHg]",
        [&](std::size_t v, std::size_t k) {
            return pressure_at(network, v, 0.5, record.waveforms.area[k][3 * v + 1]) / mmHg;
        },
        vessels);
    s += chart(
        config, record, {charts_left, 290, 360, 170}, "flow [mL/s]",
        [&](std::size_t v, std::size_t k) { return record.waveforms.flow[k][3 * v + 1] / mL; },
        vessels);
    for (std::size_t i = 0; i < vessels; ++i) {
        const Point at{charts_left + 180.0 * static_cast<double>(i % 2),
                       500.0 + 18.0 * static_cast<double>(i / 2)};
        s += fmt::format(
            "<line x1='{:.0f}' x2='{:.0f}' y1='{:.0f}' y2='{:.0f}' stroke='{}' "
            "stroke-width='3'/>\n",
            at[0], at[0] + 18, at[1] - 4, at[1] - 4, line_colours[i % line_colours.size()]);
        s += label({at[0] + 24, at[1]}, network.vessels[config.report[i]].name, 12);
    }
    return s + "</svg>\n";
}

}  // namespace bloodflow
