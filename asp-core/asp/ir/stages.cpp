#include "asp/ir/stages.hpp"

namespace asp::ir {

Function opaque_function(const std::string& name, const std::vector<std::string>& parameters,
                         const std::string& key) {
    Function f{name, {}, {}, std::make_shared<Graph>(), {}};
    OpaqueCall call{key, {}};
    for (const std::string& parameter : parameters) {
        f.arguments.push_back({parameter, {}, {}});
        call.arguments.push_back(f.argument(f.arguments.size() - 1));
    }
    f.arguments.push_back({key, {}, {}});
    f.results = {{"result0", f.argument(parameters.size()), {}}};
    f.calls = {std::move(call)};
    return f;
}

std::vector<Stage> stages_of(const Function& function) {
    std::vector<Stage> stages;
    for (std::size_t k = 0; k <= function.calls.size(); ++k) {
        Stage stage{function, {}};
        stage.function.calls.clear();
        if (k < function.calls.size()) {
            const OpaqueCall& call = function.calls[k];
            stage.call = call.key;
            stage.function.arguments.resize(function.parameters() + k);
            stage.function.results.clear();
            for (std::size_t i = 0; i < call.arguments.size(); ++i)
                stage.function.results.push_back(
                    {"argument" + std::to_string(i), call.arguments[i], {}});
        }
        stages.push_back(std::move(stage));
    }
    return stages;
}

}  // namespace asp::ir
