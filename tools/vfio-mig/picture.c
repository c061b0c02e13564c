// SPDX-License-Identifier: GPL-2.0
/* The file of a picture. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "picture.h"
#include "tool.h"

int picture_open(struct picture *picture, const char *path)
{
	int fd;

	*picture = (struct picture){ .path = path };
	if (!path)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	picture->is_new = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	picture->file = fdopen(fd, "w");
	if (picture->file)
		return 0;
	close(fd);
	return -1;
}

void picture_drop(struct picture *picture)
{
	if (!picture->file)
		return;
	fclose(picture->file);
	if (picture->is_new)
		unlink(picture->path);
}

void picture_begin(struct picture *picture)
{
	/* A pipe or a terminal has nothing to be emptied of. */
	if (ftruncate(fileno(picture->file), 0))
		return;
}

int picture_end(struct picture *picture)
{
	bool failed = ferror(picture->file);

	if (!fclose(picture->file) && !failed)
		return EXIT_OK;
	return fail_plain("%s: cannot be written; is there room?", picture->path);
}
