/* SPDX-License-Identifier: GPL-2.0 */
/* The file of a picture that is drawn when long work is done, if it could be done. */
#ifndef VFIO_MIG_PICTURE_H
#define VFIO_MIG_PICTURE_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct picture - a file that is opened before the work, and written after it
 * @path: Where, as the user said; NULL: no picture is wanted.
 * @file: To write it to; NULL likewise.
 * @is_new: There was no such file before.
 */
struct picture {
	const char *path;
	FILE *file;
	bool is_new;
};

/* Whether it can be written; what is in it stays.  0, or -1 with errno. */
int picture_open(struct picture *picture, const char *path);

/* The work has failed: the file is as it was, or not there. */
void picture_drop(struct picture *picture);

/* Empties the file, which is to be written now. */
void picture_begin(struct picture *picture);

/* It has been written: an exit status, and if that is not 0 the reason is told. */
int picture_end(struct picture *picture);

#endif /* VFIO_MIG_PICTURE_H */
