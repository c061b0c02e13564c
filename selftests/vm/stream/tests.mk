# SPDX-License-Identifier: GPL-2.0
#
# The stream: the same file here and there, today and tomorrow, cut and damaged.

TESTS += \
	stream_chunks:2:300 \
	stream_damage:2,1:600 \
	stream_content:2,1:300 \
	stream_frames:2,1:300 \
	stream_pieces:2,1:300 \
	golden_streams:2,1:120 \
	golden_displays:0,0,1x4M:300 \
	checksums:0,0,2x4M:600 \
	compatibility:2,1:120 \
	compat_ioctl:2,1:120 \
	field_failures:2,1:120 \
	stream_fuzz:0,3:900
