/* The boundary's layout, written down: a change that would break old plugins does not compile. */
#include "casework_plugin.h"

_Static_assert(sizeof(void *) == 8, "the boundary is defined for 64-bit machines");
_Static_assert(sizeof(casework_bytes) == 16, "casework_bytes");
_Static_assert(sizeof(casework_sink) == 16, "casework_sink");

_Static_assert(offsetof(casework_decision, facts) == 8, "casework_decision.facts");
_Static_assert(offsetof(casework_decision, record) == 24, "casework_decision.record");
_Static_assert(offsetof(casework_decision, event) == 40, "casework_decision.event");
_Static_assert(offsetof(casework_decision, payload) == 56, "casework_decision.payload");

_Static_assert(offsetof(casework_host, context) == 8, "casework_host.context");
_Static_assert(offsetof(casework_host, log) == 16, "casework_host.log");

_Static_assert(offsetof(casework_plugin, instance) == 8, "casework_plugin.instance");
_Static_assert(offsetof(casework_plugin, describe) == 16, "casework_plugin.describe");
_Static_assert(offsetof(casework_plugin, begin) == 24, "casework_plugin.begin");
_Static_assert(offsetof(casework_plugin, guard) == 32, "casework_plugin.guard");
_Static_assert(offsetof(casework_plugin, action) == 40, "casework_plugin.action");
_Static_assert(offsetof(casework_plugin, finish) == 48, "casework_plugin.finish");
_Static_assert(offsetof(casework_plugin, close) == 56, "casework_plugin.close");
