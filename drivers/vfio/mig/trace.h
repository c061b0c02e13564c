/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: what a device did, arc by arc, and what it cost. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vfio_mig

#if !defined(VFIO_MIG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VFIO_MIG_TRACE_H

#include <linux/tracepoint.h>

#include "arcs.h"

#define vfio_mig_show_state(state)				\
	__print_symbolic(state,					\
			 { VFIO_MIG_ERROR, "ERROR" },		\
			 { VFIO_MIG_STOP, "STOP" },		\
			 { VFIO_MIG_RUNNING, "RUNNING" },	\
			 { VFIO_MIG_STOP_COPY, "STOP_COPY" },	\
			 { VFIO_MIG_RESUMING, "RESUMING" },	\
			 { VFIO_MIG_RUNNING_P2P, "RUNNING_P2P" },	\
			 { VFIO_MIG_PRE_COPY, "PRE_COPY" },	\
			 { VFIO_MIG_PRE_COPY_P2P, "PRE_COPY_P2P" })

/*
 * One direct arc; an arc that failed has a result and leaves the state.  The longest name
 * is a UUID.
 */
TRACE_EVENT(vfio_mig_arc,
	    TP_PROTO(struct device *dev, u8 from, u8 to, u64 ns, int result),
	    TP_ARGS(dev, from, to, ns, result),
	    TP_STRUCT__entry(__array(char, name, 40)
			     __field(u8, from)
			     __field(u8, to)
			     __field(u64, ns)
			     __field(int, result)
	    ),
	    TP_fast_assign(strscpy(__entry->name, dev_name(dev), 40);
			   __entry->from = from;
			   __entry->to = to;
			   __entry->ns = ns;
			   __entry->result = result;
	    ),
	    TP_printk("%s %s -> %s %llu ns result %d", __entry->name,
		      vfio_mig_show_state(__entry->from),
		      vfio_mig_show_state(__entry->to),
		      __entry->ns, __entry->result)
);

/* A reset, from whatever state, to RUNNING; to ERROR if @result is not 0. */
TRACE_EVENT(vfio_mig_reset,
	    TP_PROTO(struct device *dev, u8 from, int result),
	    TP_ARGS(dev, from, result),
	    TP_STRUCT__entry(__array(char, name, 40)
			     __field(u8, from)
			     __field(int, result)
	    ),
	    TP_fast_assign(strscpy(__entry->name, dev_name(dev), 40);
			   __entry->from = from;
			   __entry->result = result;
	    ),
	    TP_printk("%s from %s result %d", __entry->name,
		      vfio_mig_show_state(__entry->from), __entry->result)
);

#endif /* VFIO_MIG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
