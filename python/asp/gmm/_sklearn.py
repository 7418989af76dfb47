"""What scikit-learn asks an estimator; loaded from it only then."""

from __future__ import annotations

import importlib
from typing import Any, Self


class ForSklearn:
    """Tags, and whether `sample_weight` is handed on where metadata routing is enabled."""

    def __sklearn_tags__(self) -> Any:
        """What kind of estimator this is."""
        utils = importlib.import_module("sklearn.utils")
        return utils.Tags(
            estimator_type="density_estimator", target_tags=utils.TargetTags(required=False)
        )

    def set_fit_request(self, *, sample_weight: bool | str | None) -> Self:
        """Whether a pipeline hands `sample_weight` on to `fit`, as scikit-learn defines it."""
        return self._request("fit", sample_weight)

    def set_partial_fit_request(self, *, sample_weight: bool | str | None) -> Self:
        """The same of `partial_fit`."""
        return self._request("partial_fit", sample_weight)

    def get_metadata_routing(self) -> Any:
        """What was requested, for scikit-learn."""
        return self._get_metadata_request()

    def _get_metadata_request(self) -> Any:
        # scikit-learn's name for it, which routers call; clones copy `_metadata_request`.
        if hasattr(self, "_metadata_request"):
            return self._metadata_request
        routing = importlib.import_module("sklearn.utils.metadata_routing")
        requests = routing.MetadataRequest(owner=type(self).__name__)
        for method in ("fit", "partial_fit"):
            getattr(requests, method).add_request(param="sample_weight", alias=None)
        return requests

    def _request(self, method: str, sample_weight: bool | str | None) -> Self:
        requests = self._get_metadata_request()
        getattr(requests, method).add_request(param="sample_weight", alias=sample_weight)
        self._metadata_request = requests
        return self
