#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VFIO migration: a guest has two of QEMU's edu devices and hands each of them on to the
# same QEMU inside of it, which moves the state of one to the other.
#
# The asset is what `tools/vm/vm ci-kit` of vfio-mig makes, in a tar: drivers that let an
# edu migrate, for one of Debian's kernels, and a program that makes the calls of VMMs.
# That kernel and its modules have to be on this machine, whose root is the guest's too,
# read only: so the QEMU inside is the one that is tested.

import os
import subprocess
from pathlib import Path

from qemu_test import Asset, QemuSystemTest
from qemu_test import exec_command_and_wait_for_pattern, wait_for_console_pattern

# To begin with, the guest has just what finds the rest.
MODULES = ('virtio_pci', '9pnet_virtio', '9p')

INIT = '''#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
while read -r module; do insmod "/modules/$module"; done </modules/order
share() { mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$3" "$1" "$2"; }
share host /host ro,cache=loose
for folder in proc sys dev tmp run; do
    case $folder in proc) type=proc ;; sys) type=sysfs ;; dev) type=devtmpfs ;;
    *) type=tmpfs ;; esac
    mount -t $type $folder /host/$folder
done
mkdir /host/run/kit
share kit /host/run/kit ro,cache=loose
export PATH=/usr/sbin:/usr/bin:/sbin:/bin PS1='vfio# '
exec chroot /host /bin/sh -i
'''


class VfioMigration(QemuSystemTest):

    # Where it is published there is an address; else it is in the framework's cache.
    ASSET_KIT = Asset(os.environ.get('VFIO_MIG_KIT', 'file:///nowhere'),
                      os.environ.get('VFIO_MIG_KIT_SHA256', '0' * 64))

    def run_here(self, *command, **options):
        return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                              **options).stdout

    def make_initrd(self, release):
        '''busybox, INIT and MODULES, with what those stand on'''
        root = Path(self.workdir, 'initrd')
        for folder in ('bin', 'proc', 'host', 'modules'):
            Path(root, folder).mkdir(parents=True)
        self.run_here('cp', '/bin/busybox', str(Path(root, 'bin')))
        Path(root, 'init').write_text(INIT)
        Path(root, 'init').chmod(0o755)
        order = []
        for module in MODULES:
            said = self.run_here('modprobe', '-S', release, '--show-depends',
                                 module, encoding='utf8')
            for line in said.splitlines():
                words = line.split()
                if words[0] != 'insmod':
                    continue
                name = Path(words[1]).name.removesuffix('.xz')
                if name in order:
                    continue
                order.append(name)
                opener = 'xz' if words[1].endswith('.xz') else 'cat'
                data = self.run_here(opener, *(['-dc'] if opener == 'xz' else []),
                                     words[1])
                Path(root, 'modules', name).write_bytes(data)
        Path(root, 'modules', 'order').write_text('\n'.join(order) + '\n')
        initrd = Path(self.workdir, 'initrd.gz')
        self.run_here('sh', '-c', 'find . | cpio --quiet -o -H newc | gzip -1 '
                      f'>{initrd}', cwd=root)
        return str(initrd)

    def boot(self):
        '''To the prompt of a guest with two edus, each alone behind a port'''
        kit = Path(self.workdir, 'kit')
        kit.mkdir()
        self.run_here('tar', '-xf', self.ASSET_KIT.fetch(), '-C', str(kit))
        release = Path(kit, 'modules', 'release').read_text().strip()
        kernel = f'/boot/vmlinuz-{release}'
        if not os.path.exists(kernel):
            self.skipTest(f'the kit is for {release}, which is not installed')

        self.require_accelerator('tcg')
        self.require_device('edu')
        self.set_machine('q35')
        self.vm.set_console()
        self.vm.add_args('-accel', 'tcg,thread=multi', '-cpu', 'max', '-m', '1G',
                         '-machine', 'kernel-irqchip=split', '-nodefaults',
                         '-device', 'intel-iommu,intremap=on,device-iotlb=on')
        for number in (1, 2):
            self.vm.add_args('-device', f'pcie-root-port,id=rp{number},chassis={number}',
                             '-device', f'edu,bus=rp{number}')
        for tag, path in (('host', '/'), ('kit', kit)):
            self.vm.add_args('-virtfs', f'local,path={path},mount_tag={tag},'
                             'security_model=none,readonly=on,multidevs=remap')
        self.vm.add_args('-kernel', kernel, '-initrd', self.make_initrd(release),
                         '-append', 'console=ttyS0 intel_iommu=on panic=-1 loglevel=4')
        self.vm.launch()
        wait_for_console_pattern(self, 'vfio# ', 'Kernel panic')

    def run_there(self, command):
        '''It has to succeed'''
        # The console shows the command as well, with its quotes.
        exec_command_and_wait_for_pattern(
            self, command + ' && echo it is "done" || echo it is "wrong"',
            'it is done', 'it is wrong')

    def test_calls(self):
        '''What QEMU and others ask of a device, given up and failing at each call'''
        self.boot()
        self.run_there('/run/kit/job')

    def test_migration(self):
        '''Registers, and a computation that is under way, there and back'''
        self.boot()
        guest = Path(__file__).resolve().parent.joinpath('vfio_migration_guest.py')
        self.run_there(f'python3 {guest} {self.qemu_bin} $(/run/kit/bind-devices)')


if __name__ == '__main__':
    QemuSystemTest.main()
