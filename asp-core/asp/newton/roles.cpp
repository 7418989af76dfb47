#include "asp/newton/roles.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/base/error.hpp"
#include "asp/base/text.hpp"
#include "asp/ir/rewrite.hpp"

namespace asp::newton {
namespace {

/// "x" of "x" and of "x[2]".
std::string base_name(const std::string& name) {
    return name.substr(0, name.find('['));
}

/// Puts arguments in a new order.
class Order {
public:
    explicit Order(const ir::Function& function)
        : function_(function), is_placed_(function.arguments.size(), false) {}

    /// Number of arguments that a name stands for.
    long place(const std::string& name, const char* role) {
        long found = 0;
        for (std::size_t i = 0; i < function_.arguments.size(); ++i) {
            if (base_name(function_.arguments[i].name) != name) continue;
            if (is_placed_[i])
                throw InputError(
                    fmt::format("newton: {}: '{}' stands twice among unknowns and shared",
                                function_.name, name));
            is_placed_[i] = true;
            order_.push_back(i);
            ++found;
        }
        if (found == 0) complain(name, role);
        return found;
    }
    void place_others() {
        for (std::size_t i = 0; i < is_placed_.size(); ++i)
            if (!is_placed_[i]) order_.push_back(i);
    }
    std::vector<std::size_t>& order() { return order_; }

    void complain(const std::string& name, const char* role) const {
        std::vector<std::string> names;
        for (const ir::Argument& a : function_.arguments) names.push_back(base_name(a.name));
        const auto near = nearest_name(name, names);
        throw InputError(fmt::format("newton: {}: it has no parameter '{}', named as {}{}",
                                     function_.name, name, role,
                                     near ? fmt::format("; did you mean '{}'?", *near) : ""));
    }

private:
    const ir::Function& function_;
    std::vector<char> is_placed_;
    std::vector<std::size_t> order_;
};

}  // namespace

Problem problem_of(const ir::Function& function, const Roles& roles) {
    Order order(function);
    long unknowns = 0, shared = 0;
    for (const std::string& name : roles.unknowns) unknowns += order.place(name, "an unknown");
    for (const std::string& name : roles.shared) shared += order.place(name, "shared");
    order.place_others();
    std::vector<std::size_t>& places = order.order();
    std::rotate(places.begin() + unknowns, places.begin() + unknowns + shared, places.end());
    for (const auto& [name, range] : roles.bounds)
        if (std::find(roles.unknowns.begin(), roles.unknowns.end(), name) == roles.unknowns.end())
            order.complain(name, "an unknown with bounds");

    ir::Function f{function.name, {}, {}, std::make_shared<ir::Graph>(), function.source};
    std::vector<ir::Expression> replacements(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        ir::Argument argument = function.arguments[places[i]];
        const auto range = roles.bounds.find(base_name(argument.name));
        if (range != roles.bounds.end()) argument.range = range->second;
        f.arguments.push_back(argument);
        replacements[places[i]] = f.argument(i);
    }
    for (const ir::Result& r : function.results)
        f.results.push_back({r.name, ir::substitute(r.value, *f.graph, replacements), r.unit});
    return {f, {{"unknowns", unknowns}, {"shared", shared}}};
}

}  // namespace asp::newton
