#include "asp/specialize/specialization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "asp/base/error.hpp"
#include "asp/specialize/emit.hpp"

namespace asp {
namespace {

const char* const generator = "text 1";  // of what stands around the definitions

std::string name_of(Target target) {
    return target == Target::cuda ? "CUDA" : "C++";
}

std::string heading(const Specialization& s) {
    std::string text = fmt::format("// specialization: {} {}, target = {}, {}\n", s.name, s.version,
                                   name_of(s.target), generator);
    for (const std::string& line : s.title) text += emit_comment(line);
    return text;
}

std::string includes(std::span<const Specialization> variants) {
    std::set<std::string> headers{"asp/kernel/arguments.hpp"};
    for (const Specialization& s : variants) headers.insert(s.includes.begin(), s.includes.end());
    std::string text;
    for (const std::string& header : headers) text += fmt::format("#include \"{}\"\n", header);
    return text;
}

std::string entry_of(const Specialization& s, const std::string& entry) {
    if (s.target == Target::cuda)
        return fmt::format(
            "extern \"C\" __global__ void {}(asp::Arguments arguments, long first, long last) {{\n"
            "    const long stride = long(gridDim.x) * blockDim.x;\n"
            "    for (long lo = first + long(blockIdx.x) * blockDim.x + threadIdx.x; lo < last;\n"
            "         lo += stride) {{\n"
            "        const long hi = lo + 1;\n"
            "        {};\n"
            "    }}\n"
            "}}\n",
            entry, s.call);
    return fmt::format(
        "extern \"C\" __attribute__((visibility(\"default\"))) int {}(\n"
        "    const asp::Arguments& arguments, long lo, long hi) {{\n"
        "    return {};\n"
        "}}\n",
        entry, s.call);
}

}  // namespace

std::string translation_unit(const Specialization& s, const std::string& entry) {
    return heading(s) + includes({&s, 1}) + "\nnamespace {\n\n" + s.definitions +
           "\n}  // namespace\n\n" + entry_of(s, entry);
}

std::string translation_unit(std::span<const Specialization> variants) {
    ASP_ASSERT(!variants.empty());
    std::string text = includes(variants);
    for (std::size_t k = 0; k < variants.size(); ++k) {
        const Specialization& s = variants[k];
        ASP_ASSERT(s.target == variants.front().target);
        text += fmt::format("\n{}namespace {{\nnamespace variant_{} {{\n\n{}\n", heading(s), k,
                            s.definitions);
        text += fmt::format("}}  // namespace variant_{0}\n}}  // namespace\n", k);
        // The entry stands outside, where its name is its own, and sees the variant's names.
        text += fmt::format("namespace entry_{0} {{\nusing namespace variant_{0};\n{1}}}\n", k,
                            entry_of(s, fmt::format("{}_{}", default_entry, k)));
    }
    return text;
}

jit::Source source_of(const Specialization& specialization) {
    return source_of({&specialization, 1});
}

jit::Source source_of(std::span<const Specialization> variants) {
    const Specialization& first = variants.front();
    jit::Source source{variants.size() == 1 ? translation_unit(first) : translation_unit(variants),
                       {},
                       first.flags,
                       first.name};
    const auto add = [&](std::span<const jit::Header> headers) {
        for (const jit::Header& header : headers)
            if (std::ranges::find(source.headers, header.path, &jit::Header::path) ==
                source.headers.end())
                source.headers.push_back(header);
    };
    add(jit::kernel_headers());
    for (const Specialization& s : variants) {
        ASP_ASSERT(s.flags == first.flags);  // one text, one command line
        add(s.headers);
    }
    return source;
}

}  // namespace asp
