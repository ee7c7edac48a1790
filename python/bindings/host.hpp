// How long calls meet the interpreter that called them.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <exception>
#include <utility>

#include "ebit/base/parallel.hpp"

namespace ebit::python {

namespace py = pybind11;

// Lets Ctrl-C and the progress callback of the caller into a long call.
class Host {
  public:
    explicit Host(py::object progress) : progress_(std::move(progress)) {}

    // Runs `work(cancellation)` without the GIL; what the callback raised is raised again.
    template <class Work>
    void run(Work work) {
        Cancellation cancel([this](std::uint64_t done) { return stops(done); });
        try {
            const py::gil_scoped_release release;
            work(cancel);
        } catch (const Cancelled&) {
            if (raised_) std::rethrow_exception(raised_);
            throw;
        }
    }

  private:
    bool stops(std::uint64_t done) {
        const py::gil_scoped_acquire acquire;
        try {
            if (PyErr_CheckSignals() != 0) throw py::error_already_set();
            if (!progress_.is_none()) progress_(done);
        } catch (...) {
            raised_ = std::current_exception();
        }
        return raised_ != nullptr;
    }

    py::object progress_;
    std::exception_ptr raised_;
};

}  // namespace ebit::python
