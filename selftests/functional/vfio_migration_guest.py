#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vfio_migration_guest.py QEMU DEVICE DEVICE: two QEMUs with an edu each, handed on by
# vfio-pci; what is put into the first one's moves to the second, and back.
#
# Their firmware halts.  What a guest would do is done from outside, by the qtest protocol.

import json
import os
import socket
import subprocess
import sys
import time

FOLDER = '/tmp/vfio'

# Where the device is: 0000:00:04.0, and its registers there.
SLOT = 4
BAR = 0xfe000000

# Registers of an edu; what is written to the first it keeps the complement of.
LIVENESS = 0x04
FACTORIAL = 0x08
STATUS = 0x20
MAY_INTERRUPT = 0x80
RAISED = 0x24
CLEAR = 0x64
IS_COMPUTED = 1

# Takes a second or so, and then interrupts.
LONG_FACTORIAL = 1000000000

# No dirty page is tracked, so all memory counts as written, again and again.
DOWNTIME_MS = 60000


def make_firmware(path):
    '''What the processor finds at its reset vector: cli; hlt; jmp to the hlt'''
    code = bytes((0xfa, 0xf4, 0xeb, 0xfd))
    with open(path, 'wb') as file:
        file.write(b'\xf4' * 0xfff0 + code + b'\xf4' * (16 - len(code)))


class Channel:
    '''Lines to and from a socket of a QEMU'''

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(300)
        self.socket.connect(path)
        self.lines = self.socket.makefile('r')

    def send(self, line):
        self.socket.sendall(line.encode() + b'\n')

    def receive(self):
        line = self.lines.readline()
        if not line:
            raise RuntimeError('QEMU has gone away')
        return line.strip()


class Qemu:

    def __init__(self, program, name, device, *more):
        place = os.path.join(FOLDER, name)
        sockets = {kind: f'{place}.{kind}' for kind in ('qmp', 'qtest')}
        # When it has put itself into the background its sockets are there.
        subprocess.run([program, '-M', 'q35', '-accel', 'tcg', '-m', '32M',
                        '-nodefaults', '-display', 'none', '-daemonize',
                        '-bios', os.path.join(FOLDER, 'firmware'),
                        '-qmp', f'unix:{sockets["qmp"]},server=on,wait=off',
                        '-qtest', f'unix:{sockets["qtest"]},server=on,wait=off',
                        '-qtest-log', '/dev/null',
                        '-device', f'vfio-pci,host={device},addr={SLOT},'
                        'enable-migration=on', *more], check=True)
        self.events = []
        self.qmp = Channel(sockets['qmp'])
        self.qmp.receive()
        self.ask('qmp_capabilities')
        self.ask('migrate-set-capabilities',
                 capabilities=[{'capability': 'events', 'state': True}])
        self.ask('migrate-set-parameters', **{'downtime-limit': DOWNTIME_MS})
        self.qtest = Channel(sockets['qtest'])

    def hear(self):
        message = json.loads(self.qmp.receive())
        if 'event' in message:
            self.events.append(message)
        return message

    def ask(self, command, **arguments):
        self.qmp.send(json.dumps({'execute': command, 'arguments': arguments}))
        while True:
            message = self.hear()
            if 'error' in message:
                raise RuntimeError(f'{command}: {message["error"]["desc"]}')
            if 'return' in message:
                return message['return']

    def await_migration(self):
        '''Until it has come to its end'''
        while True:
            for event in self.events:
                status = event.get('data', {}).get('status')
                if event['event'] == 'MIGRATION' and status in ('completed', 'failed'):
                    self.events.clear()
                    return status
            self.hear()

    def touch(self, line):
        self.qtest.send(line)
        while True:
            words = self.qtest.receive().split()
            # Interrupts are told in between.
            if words[0] != 'IRQ':
                break
        if words[0] != 'OK':
            raise RuntimeError(f'{line}: {" ".join(words)}')
        return int(words[1], 0) if len(words) > 1 else None

    def place_registers(self):
        for register, value in ((0x10, BAR), (0x04, 0x6)):
            self.touch(f'outl 0xcf8 {0x80000000 | SLOT << 11 | register:#x}')
            self.touch(f'outl 0xcfc {value:#x}')

    def write(self, register, value):
        self.touch(f'writel {BAR + register:#x} {value:#x}')

    def read(self, register):
        return self.touch(f'readl {BAR + register:#x}')

    def quit(self):
        self.qmp.send('{"execute": "quit"}')
        while self.qmp.lines.readline():
            pass


def expect(what, expected, came):
    if expected != came:
        raise RuntimeError(f'{what} is {came:#x}, not {expected:#x}')
    print(f'{what}: {came:#x}')


def move(source, program, name, device, value):
    '''Returns the QEMU that has taken over, while the device was computing'''
    address = f'unix:{FOLDER}/{name}.migration'
    target = Qemu(program, name, device, '-incoming', 'defer')
    target.ask('migrate-incoming', uri=address)
    source.write(LIVENESS, value)
    source.write(STATUS, MAY_INTERRUPT)
    source.write(FACTORIAL, LONG_FACTORIAL)
    source.ask('migrate', uri=address)
    if source.await_migration() != 'completed' or target.await_migration() != 'completed':
        raise RuntimeError('the migration has failed')
    source.quit()
    expect('liveness', value ^ 0xffffffff, target.read(LIVENESS))
    patience = time.monotonic() + 120
    while not target.read(RAISED) and time.monotonic() < patience:
        pass
    expect('interrupt status', IS_COMPUTED, target.read(RAISED))
    target.write(CLEAR, IS_COMPUTED)
    return target


def main():
    program, first, second = sys.argv[1:]
    os.makedirs(FOLDER, exist_ok=True)
    make_firmware(os.path.join(FOLDER, 'firmware'))
    qemu = Qemu(program, 'first', first)
    qemu.place_registers()
    for name, device, value in (('second', second, 0x12345678),
                                ('third', first, 0x0f1e2d3c)):
        qemu = move(qemu, program, name, device, value)
    qemu.quit()


if __name__ == '__main__':
    main()
