#pragma once

namespace asp {

/// What every program of the suite returns to the shell.
enum class ExitCode {
    done = 0,
    failure = 1,        ///< the machine failed us: disk, device, compiler
    bad_input = 2,      ///< a config, file or argument is wrong
    not_converged = 3,  ///< done, but the answer is not converged
    interrupted = 130,  ///< stopped by a signal, with valid files left
};

}  // namespace asp
