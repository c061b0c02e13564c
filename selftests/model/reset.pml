/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a SET, a reset, the closing of a device and its data files meet, step by
 * step as the code does it.  Documentation/model.md says which code each step
 * stands for, and what is claimed.  With a BREAK_* one order is what it was once,
 * or what is tempting; then a claim must fail.
 */

#define RUNNING		0
#define STOP_COPY	1

/* ---- locks, outer to inner ---- */

bool device_lock;	/* the kernel's, of any device */
bool state_lock;
bool session_lock;
byte memory_readers;
bool memory_writer;

#define LOCK(l)		atomic { !l -> l = true }
#define UNLOCK(l)	l = false

#define MEMORY_READ()	atomic { !memory_writer -> memory_readers++ }
#define MEMORY_READ_END() memory_readers--
#define MEMORY_WRITE()	atomic { !memory_writer && memory_readers == 0 -> \
				 memory_writer = true }
#define MEMORY_WRITE_END() memory_writer = false

/* ---- the device ---- */

byte seen, done;	/* resets */
bool work;		/* the work item is queued */
bool opened = true;
byte state = RUNNING;
bool stale;		/* the driver knows less than the hardware: it was reset */
bool alive = true;	/* the device, for who has a pointer to it */
bool bound = true;
bool working;		/* the work item runs */
byte callers = 2;	/* calls on the device's own file */

/* ---- the one session ---- */

bool session;		/* the device's pointer to it */
bool attached;		/* its pointer to the device */
bool bytes;		/* what is read of it is in the kernel's memory */
bool lent;		/* a reader copies that to his user */
byte refs;
bool file;		/* a file refers to it */

#define PENDING		(done != seen)

inline put_session() {
	assert(refs > 0);
	refs--
}

/* vfio_mig_session_end(), under state_lock */
inline end_session() {
	if
	:: session ->
		session = false;
		LOCK(session_lock);
#ifndef BREAK_DETACH
		attached = false;
#endif
#ifdef BREAK_LENT
		bytes = false;
#else
		bytes = lent;
#endif
		UNLOCK(session_lock);
		put_session()
	:: else
	fi
}

/* carry_out_reset_locked(): @now is what was seen when it began. */
inline carry_out(now) {
	now = seen;
	if
	:: now == done
	:: now != done && !opened ->
		stale = false;
		done = seen
	:: else ->
#ifdef BREAK_EARLY
		done = now;
#endif
#ifndef BREAK_RESET_KEEPS
		end_session();
#endif
		MEMORY_READ();		/* the driver talks to the device */
		stale = false;
		MEMORY_READ_END();
		state = RUNNING;
#ifdef BREAK_COUNT
		now = seen;
#endif
#ifndef BREAK_EARLY
		done = now
#endif
	fi
}

/* vfio_mig_finish_reset() */
inline finish_reset(now) {
	do
	:: PENDING ->
		LOCK(state_lock);
		assert(alive);
		carry_out(now);
		UNLOCK(state_lock)
	:: else -> break
	od
}

/* reset_done() of vfio-pci, under its memory_lock */
inline note_reset() {
#ifdef BREAK_STATE_LOCK
	LOCK(state_lock);
	UNLOCK(state_lock);
#endif
#ifdef BREAK_SESSION_LOCK
	LOCK(session_lock);
	UNLOCK(session_lock);
#endif
	seen++;
	work = true
}

/* VFIO_DEVICE_RESET, and what its user does next */
active proctype resetter() {
	byte now, mine;

	MEMORY_WRITE();
	stale = true;
	note_reset();
	mine = seen;
	MEMORY_WRITE_END();
	finish_reset(now);
	/* It is over when the call returns. */
	assert(done >= mine && (!stale || PENDING || memory_writer));
	callers--
}

/* A reset by sysfs: nobody waits for it. */
active proctype sysfs() {
	LOCK(device_lock);
	if
	:: bound ->
		MEMORY_WRITE();
		stale = true;
		note_reset();
		MEMORY_WRITE_END()
	:: else
	fi;
	UNLOCK(device_lock)
}

/* the work item */
active proctype worker() {
	byte now;

end:	do
	:: atomic { work -> work = false; working = true };
		finish_reset(now);
		working = false
	od
}

/* SET to STOP_COPY, which opens a session, and back to where it came from */
active proctype setter() {
	byte now;

	LOCK(state_lock);
	carry_out(now);
#ifdef BREAK_REFERENCE
	refs = 1;
#else
	refs = 2;
#endif
	attached = true;
	bytes = true;
	session = true;
	MEMORY_READ();
	/* The state that is left is none from before a reset. */
	assert(!stale || PENDING);
	MEMORY_READ_END();
	state = STOP_COPY;
	UNLOCK(state_lock);
	finish_reset(now);
	file = true;

	if
	:: true ->	/* It is left to whoever closes. */
		skip
	:: true ->
		LOCK(state_lock);
		carry_out(now);
		if
		:: state == STOP_COPY ->
			end_session();
			state = RUNNING
		:: else -> assert(!session)
		fi;
		UNLOCK(state_lock);
		finish_reset(now)
	fi;
	callers--
}

/*
 * read() of the data file, twice, and its end, which may be the last of all.  The
 * user's memory may be a BAR, or some that does not answer while the device is open.
 */
active proctype reader() {
	bool ready;
	byte i;

	file;
	for (i : 1 .. 2) {
		LOCK(session_lock);
		d_step {
			assert(!attached || alive);
#ifdef BREAK_READ
			ready = attached;
#else
			ready = attached && !PENDING;
#endif
			/* From a reset on that was noted nothing is read. */
			assert(!ready || !stale || memory_writer);
			lent = ready
		};
		if
		:: ready ->
			/* The driver makes a piece of its stream. */
			MEMORY_READ();
			MEMORY_READ_END();
			assert(alive)
		:: else
		fi;
#ifndef BREAK_COPY
		UNLOCK(session_lock);
#endif
		if
		:: ready ->
			if
			:: true ->
				MEMORY_READ();
				MEMORY_READ_END()
			:: true -> !opened
			fi;
			assert(bytes)
		:: else
		fi;
#ifndef BREAK_COPY
		LOCK(session_lock);
#endif
		lent = false;
		if
		:: !attached -> bytes = false
		:: else
		fi;
		UNLOCK(session_lock)
	};
	put_session();
	file = false
}

/* The device is closed when nobody is in a call, and then unbound. */
active proctype closer() {
	callers == 0;
	/* What is known to be over has been acted upon. */
	assert(!stale || PENDING || memory_writer);

	LOCK(state_lock);
	opened = false;
#ifndef BREAK_CLOSE
	end_session();
#endif
	state = RUNNING;
	UNLOCK(state_lock);

	LOCK(device_lock);
	bound = false;
	UNLOCK(device_lock);
	/* cancel_work_sync() */
#ifndef BREAK_WORK
	atomic { !working -> work = false };
#endif
	alive = false;

	!file;
	assert(!session && !attached && !bytes && refs == 0)
}
