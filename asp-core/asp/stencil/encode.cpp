#include "asp/stencil/encode.hpp"

#include <fmt/format.h>

#include <bit>

#include "asp/stencil/kernels/rows.hpp"

namespace asp::stencil {
namespace {

long bits_of(double x) {
    return std::bit_cast<long>(x);
}

std::string of(const char* what, std::size_t i, const std::string& property) {
    return fmt::format("{}{}.{}", what, i, property);
}

void encode_offset(Constants& to, const std::string& name, const ir::Offset& offset,
                   std::size_t dimensions) {
    for (std::size_t d = 0; d < dimensions; ++d) to[name + std::to_string(d)] = offset[d];
}

void encode_loop(const ir::GridLoop& loop, std::size_t k, std::size_t dimensions, Problem& to) {
    Constants& c = to.constants;
    c[of("loop", k, "region")] = static_cast<long>(loop.region.kind);
    encode_offset(c, of("loop", k, "width"), loop.region.width, dimensions);
    c[of("loop", k, "stores")] = static_cast<long>(loop.stores.size());
    c[of("loop", k, "reductions")] = static_cast<long>(loop.reductions.size());
    for (std::size_t s = 0; s < loop.stores.size(); ++s) {
        c[of("loop", k, of("store", s, "field"))] = static_cast<long>(loop.stores[s].field);
        to.function.results.push_back({"", loop.stores[s].value, {}});
    }
    for (std::size_t r = 0; r < loop.reductions.size(); ++r) {
        const ir::Reduction& reduction = loop.reductions[r];
        c[of("loop", k, of("reduction", r, "kind"))] = static_cast<long>(reduction.kind);
        c[of("loop", k, of("reduction", r, "start"))] = bits_of(reduction.start);
        to.function.results.push_back({reduction.name, reduction.value, {}});
    }
}

/// Reads constants one after another; the first that is missing or out of bounds is a fault.
class Reader {
public:
    explicit Reader(const Problem& problem) : problem_(problem) {}

    long number(const std::string& name) {
        const auto found = problem_.constants.find(name);
        if (found != problem_.constants.end()) return found->second;
        fault(fmt::format("no constant '{}'", name));
        return 0;
    }
    long number(const std::string& name, long least, long most) {
        const long value = number(name);
        if (least <= value && value <= most) return value;
        fault(fmt::format("{} = {}: expected {} to {}", name, value, least, most));
        return least;
    }
    std::size_t count(const std::string& name, long most, long least = 0) {
        return static_cast<std::size_t>(number(name, least, most));
    }
    ir::Offset offset(const std::string& name, std::size_t dimensions, long least, long most) {
        ir::Offset offset{};
        for (std::size_t d = 0; d < dimensions; ++d)
            offset[d] = static_cast<int>(number(name + std::to_string(d), least, most));
        return offset;
    }
    /// Of the result that comes next.
    ir::Result result() {
        if (next_ < problem_.function.results.size()) return problem_.function.results[next_++];
        fault("fewer results than stores and reductions");
        return {};
    }
    void fault(const std::string& text) {
        if (faults_.empty()) faults_.push_back(text);
    }
    bool is_well() const { return faults_.empty(); }
    bool is_at_end() const { return next_ == problem_.function.results.size(); }
    const std::vector<std::string>& faults() const { return faults_; }

private:
    const Problem& problem_;
    std::size_t next_ = 0;
    std::vector<std::string> faults_;
};

constexpr long most = 1024;         // of anything
constexpr long longest_reach = 64;  // of a load

ir::GridLoop decode_loop(Reader& read, std::size_t k, const ir::GridFunction& f) {
    ir::GridLoop loop;
    loop.region.kind = static_cast<ir::Region::Kind>(read.number(of("loop", k, "region"), 0, 2));
    loop.region.width = read.offset(of("loop", k, "width"), f.dimensions, 0, 1 << 20);
    const std::size_t stores = read.count(of("loop", k, "stores"), asp::stencil::most_outputs);
    const std::size_t reductions = read.count(of("loop", k, "reductions"), most);
    const auto last = static_cast<long>(f.fields.size()) - 1;
    for (std::size_t s = 0; s < stores && read.is_well(); ++s) {
        const std::size_t field = read.count(of("loop", k, of("store", s, "field")), last);
        loop.stores.push_back({field, read.result().value});
    }
    for (std::size_t r = 0; r < reductions && read.is_well(); ++r) {
        const auto kind = static_cast<ir::Reduction::Kind>(
            read.number(of("loop", k, of("reduction", r, "kind")), 0, 2));
        const auto start =
            std::bit_cast<double>(read.number(of("loop", k, of("reduction", r, "start"))));
        const ir::Result result = read.result();
        loop.reductions.push_back({kind, result.name, start, result.value});
    }
    return loop;
}

void decode_fields(Reader& read, ir::GridFunction& f) {
    const std::size_t fields = read.count("fields", most, 1);
    for (std::size_t i = 0; i < fields && read.is_well(); ++i)
        f.fields.push_back(
            {"", static_cast<ir::Field::Role>(read.number(of("field", i, "role"), 0, 2))});
    const std::size_t loads = read.count("loads", most);
    for (std::size_t i = 0; i < loads && read.is_well(); ++i)
        f.loads.push_back(
            {read.count(of("load", i, "field"), static_cast<long>(fields) - 1),
             read.offset(of("load", i, "offset"), f.dimensions, -longest_reach, longest_reach)});
}

void decode_names(Reader& read, const Problem& from, ir::GridFunction& f) {
    const auto& arguments = from.function.arguments;
    const std::size_t known = 2 * f.dimensions + f.loads.size() + f.fields.size();
    const std::size_t scalars = read.count("scalars", most);
    if (arguments.size() != known + scalars)
        return read.fault(
            fmt::format("{} arguments: expected {}", arguments.size(), known + scalars));
    f.scalars.assign(arguments.begin(), arguments.begin() + static_cast<long>(scalars));
    for (std::size_t i = 0; i < f.fields.size(); ++i)
        f.fields[i].name = arguments[arguments.size() - f.fields.size() + i].name;
}

void decode_interface(Reader& read, ir::GridFunction& f) {
    const std::size_t parameters = read.count("parameters", most);
    for (std::size_t i = 0; i < parameters && read.is_well(); ++i)
        f.parameters.push_back({read.number(of("parameter", i, "field"), 0, 1) != 0,
                                read.count(of("parameter", i, "index"), most)});
    const std::size_t returned = read.count("returned", most);
    for (std::size_t i = 0; i < returned && read.is_well(); ++i) {
        const auto last = static_cast<long>(f.loops.size()) - 1;
        const std::size_t loop = read.count(of("returned", i, "loop"), last);
        if (!read.is_well()) return;
        const auto most_here = static_cast<long>(f.loops[loop].reductions.size()) - 1;
        f.returned.push_back({loop, read.count(of("returned", i, "reduction"), most_here)});
    }
}

ir::GridFunction decode(const Problem& from, Reader& read) {
    ir::GridFunction f;
    f.name = from.function.name;
    f.graph = from.function.graph;
    f.source = from.function.source;
    f.dimensions = read.count("dimensions", 3, 1);
    f.edge = static_cast<ir::Edge>(read.number("edge", 0, 3));
    f.edge_value = std::bit_cast<double>(read.number("edge_value"));
    if (read.is_well()) decode_fields(read, f);
    if (read.is_well()) decode_names(read, from, f);
    const std::size_t loops = read.is_well() ? read.count("loops", most, 1) : 0;
    for (std::size_t k = 0; k < loops && read.is_well(); ++k)
        f.loops.push_back(decode_loop(read, k, f));
    if (read.is_well()) decode_interface(read, f);
    if (read.is_well() && !read.is_at_end()) read.fault("more results than stores and reductions");
    return f;
}

}  // namespace

Problem encode(const ir::GridFunction& f) {
    Problem problem;
    problem.function = {f.name, f.scalars, {}, f.graph, f.source};
    const auto add = [&](const char* name, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            problem.function.arguments.push_back({name + std::to_string(i), {}, {}});
    };
    add("n", f.dimensions);
    add("i", f.dimensions);
    add("load", f.loads.size());
    Constants& c = problem.constants;
    c = {{"dimensions", static_cast<long>(f.dimensions)},
         {"edge", static_cast<long>(f.edge)},
         {"edge_value", bits_of(f.edge_value)},
         {"scalars", static_cast<long>(f.scalars.size())},
         {"fields", static_cast<long>(f.fields.size())},
         {"loads", static_cast<long>(f.loads.size())},
         {"loops", static_cast<long>(f.loops.size())},
         {"parameters", static_cast<long>(f.parameters.size())},
         {"returned", static_cast<long>(f.returned.size())}};
    for (std::size_t i = 0; i < f.fields.size(); ++i) {
        c[of("field", i, "role")] = static_cast<long>(f.fields[i].role);
        problem.function.arguments.push_back({f.fields[i].name, {}, {}});
    }
    for (std::size_t i = 0; i < f.loads.size(); ++i) {
        c[of("load", i, "field")] = static_cast<long>(f.loads[i].field);
        encode_offset(c, of("load", i, "offset"), f.loads[i].offset, f.dimensions);
    }
    for (std::size_t i = 0; i < f.parameters.size(); ++i) {
        c[of("parameter", i, "field")] = f.parameters[i].is_field;
        c[of("parameter", i, "index")] = static_cast<long>(f.parameters[i].index);
    }
    for (std::size_t k = 0; k < f.loops.size(); ++k)
        encode_loop(f.loops[k], k, f.dimensions, problem);
    for (std::size_t i = 0; i < f.returned.size(); ++i) {
        c[of("returned", i, "loop")] = static_cast<long>(f.returned[i][0]);
        c[of("returned", i, "reduction")] = static_cast<long>(f.returned[i][1]);
    }
    return problem;
}

ir::GridFunction decode(const Problem& problem) {
    Reader read(problem);
    return decode(problem, read);
}

std::vector<std::string> faults(const Problem& problem) {
    Reader read(problem);
    decode(problem, read);
    return read.faults();
}

}  // namespace asp::stencil
