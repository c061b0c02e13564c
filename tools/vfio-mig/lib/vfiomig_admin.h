/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libvfiomig: which driver a device is bound to, which of what that offers is
 * switched on, and how it misbehaves on request.  Devices are meant by their
 * names here, and none has to be open.  The conventions are those of vfiomig.h.
 */
#ifndef VFIOMIG_ADMIN_H
#define VFIOMIG_ADMIN_H

#include "vfiomig.h"

/* ------------------------------------------------------------------------
 * Drivers (driver.c, bind.c, pf.c)
 */

/**
 * vfiomig_variant_driver - the VFIO driver made for a PCI device
 * @info: The device.
 * @driver: Receives its name.
 * @size: Size of @driver.
 *
 * The best match of the "vfio_pci:" aliases of the running kernel's modules,
 * or a driver of this project that is loaded.  ENOENT if there is none other
 * than vfio-pci.
 */
int vfiomig_variant_driver(const struct vfiomig_info *info, char *driver,
			   size_t size);

/*
 * Bind a PCI device to a VFIO driver: @driver, or if that is NULL the variant
 * driver, or else vfio-pci.  The driver and the override that the device had
 * before are kept in /run/vfio-mig, for vfiomig_unbind().
 */
int vfiomig_bind(const char *name, const char *driver,
		 struct vfiomig_error *error);

/*
 * Of a virtual function: does its physical one lack something that it needs, a driver or a
 * link that is up?  Then @text, of @size bytes, says what, and what to do.
 */
bool vfiomig_pf_lacks(const struct vfiomig_info *info, char *text, size_t size);

/**
 * struct vfiomig_binding - what a bind or unbind would do
 * @device: The device's name.
 * @from: The driver that it has, or "".
 * @to: The driver that it would have; "": none, or whoever claims it.
 * @claimed: Whether it would go to whoever claims it.
 * @load: Whether @to has to be loaded first.
 */
struct vfiomig_binding {
	char device[64];
	char from[64];
	char to[64];
	bool claimed;
	bool load;
};

/* Fail as these would, as far as can be known, and do nothing. */
int vfiomig_plan_bind(const char *name, const char *driver,
		      struct vfiomig_binding *plan,
		      struct vfiomig_error *error);
int vfiomig_plan_unbind(const char *name, struct vfiomig_binding *plan,
			struct vfiomig_error *error);

/* Give the device back to the driver that it had before vfiomig_bind(). */
int vfiomig_unbind(const char *name, struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * Mediated devices (mdev.c): made and ended by whoever may write to sysfs
 */

/**
 * struct vfiomig_mdev_type - a type of devices that can be created here
 * @parent: Whose it is, as sysfs names it.
 * @id: The type, as sysfs names it.
 * @name: As its driver calls it, or "".
 * @api: What its devices are like to a user: "vfio-pci" and so on.
 * @description: More of it, or "".
 * @available: How many more can be created.
 * @sysfs: Its folder.
 */
struct vfiomig_mdev_type {
	char parent[64];
	char id[64];
	char name[64];
	char api[32];
	char description[128];
	unsigned int available;
	char sysfs[256];
};

/* Return non-zero to end the listing, which then returns that number. */
typedef int (*vfiomig_visit_type)(const struct vfiomig_mdev_type *type,
				  void *ctx);

/* Each type of each parent. */
int vfiomig_mdev_types(vfiomig_visit_type visit, void *ctx);

/*
 * Create a device of @type, which is an id, or what comes behind the first hyphen of one
 * ("edu" is "edu_mdev-edu"); of this project's own the module is loaded.  @uuid, of 37
 * bytes at least, receives its name.  ENOENT: there is no such type; EUSERS: there are as
 * many as can be.
 */
int vfiomig_mdev_create(const char *type, char *uuid, size_t size,
			struct vfiomig_error *error);

/* EBUSY: somebody has it open, @error says who; EOPNOTSUPP: it is no such device. */
int vfiomig_mdev_delete(const char *name, struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * Properties (property.c): what a driver on vfio_mig lets be switched
 */
typedef void (*vfiomig_on_property)(const char *name, bool on, void *ctx);

/*
 * How many there are, each told in turn by its name, if @on_property is not NULL; or a
 * negative errno.
 */
int vfiomig_properties(const struct vfiomig_info *info,
		       vfiomig_on_property on_property, void *ctx);

/*
 * EBUSY: somebody has the device open, @error says who; ENOENT: it has no such
 * property; EOPNOTSUPP: it has none at all.
 */
int vfiomig_set_property(const char *name, const char *property, bool on,
			 struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * Faults on demand (fault.c): knobs of a driver on vfio_mig, in debugfs
 */

/**
 * struct vfiomig_knob - a way in which a driver can be made to misbehave
 * @name: Its name.
 * @args: What it takes, as people read it.
 * @text: What it does.
 * @armed: What it was set to, one a line, in the words that it takes; or "".
 */
struct vfiomig_knob {
	char name[32];
	char args[48];
	char text[128];
	char armed[1024];
};

/* Return non-zero to end the listing, which then returns that number. */
typedef int (*vfiomig_on_knob)(const struct vfiomig_knob *knob, void *ctx);

/*
 * Each of them in turn.  EOPNOTSUPP: it has none, or debugfs is not mounted;
 * EACCES: not root.
 */
int vfiomig_knobs(const char *name, vfiomig_on_knob on_knob, void *ctx,
		  struct vfiomig_error *error);

/*
 * Arm a knob with @count words; @now receives what it is then.  ENOENT: there
 * is no such knob; EINVAL, ERANGE: it does not take that, @error says what it
 * does take.
 */
int vfiomig_set_knob(const char *name, const char *knob,
		     const char * const *words, unsigned int count,
		     struct vfiomig_knob *now, struct vfiomig_error *error);

/* One of them, or all if @knob is NULL. */
int vfiomig_clear_knob(const char *name, const char *knob,
		       struct vfiomig_error *error);

#endif /* VFIOMIG_ADMIN_H */
