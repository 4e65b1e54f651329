// Mounts a guest's root device, id-mapped, and becomes the command that follows. It runs in a mount namespace of its
// own, so the mount is the monitor's alone: it is not on the host, and goes with the monitor however that ends.
//
// LXC's own `lxc.rootfs.options = idmap=container` is not used: LXC (5.0 to 6.0) forgets it when a guest reboots and
// brings the root up unmapped, with every file owned by nobody. `mount -o X-mount.idmap` needs util-linux 2.39. Perl is
// part of every Debian and Ubuntu ("perl-base" is essential), is single-threaded, and can do plain system calls.

/** CLONE_NEWUSER's `unshare` differs per architecture; the mount calls (428 and up) do not. */
const unshareNumbers: Readonly<Record<string, number>> = { x64: 272, arm64: 97 };

// nodev: a device node in a file system that a guest wrote as raw bytes must not reach the host's devices.
const script = String.raw`
use strict;
my ($unshare, $device, $target, $first, $count, @command) = @ARGV;
sub call {
  my ($what, @arguments) = @_;
  my $result = syscall(shift @arguments, @arguments);
  die "mounting $device: $what: $!\n" if $result < 0;
  return $result;
}
pipe(my $ready, my $say_ready) and pipe(my $done, my $say_done) or die "pipe: $!\n";
defined(my $child = fork) or die "fork: $!\n";
if (!$child) {
  close $say_done;
  call('user namespace', $unshare + 0, 0x10000000);
  syswrite $say_ready, '.';
  sysread $done, my $end, 1;
  exit 0;
}
close $say_ready;
sysread $ready, my $dot, 1 or die "mounting $device: this kernel does not let us make a user namespace\n";
for my $map ('uid_map', 'gid_map') {
  open my $file, '>', "/proc/$child/$map" or die "$map: $!\n";
  syswrite $file, "0 $first $count\n" or die "$map: $!\n";
}
open my $namespace, '<', "/proc/$child/ns/user" or die "user namespace: $!\n";
my $context = call('fsopen', 430, 'ext4', 1);
call('source', 431, $context, 1, 'source', $device, 0);
call('discard', 431, $context, 0, 'discard', 0, 0);
call('errors=remount-ro', 431, $context, 1, 'errors', 'remount-ro', 0);
call('no usable ext4 file system', 431, $context, 6, 0, 0, 0);
my $mount = call('fsmount', 432, $context, 1, 4);
my $attributes = pack 'Q4', 0x100000, 0, 0, fileno $namespace;
call('id-mapping', 442, $mount, '', 0x1000, $attributes, length $attributes);
call('move_mount', 429, $mount, '', -100, $target, 4);
close $say_done;
waitpid $child, 0;
exec { $command[0] } @command or die "$command[0]: $!\n";
`;

export interface RootfsMount {
  readonly devicePath: string;
  /** An existing directory that the guest's root may reach: every directory above it is open to all. */
  readonly targetPath: string;
  /** The host's uid and gid of the guest's root, and how many follow. */
  readonly firstId: number;
  readonly idCount: number;
}

/** The command that mounts and then becomes `command`; undefined on an architecture that it does not know. */
export function mountRootfsCommand(
  perlPath: string,
  { devicePath, targetPath, firstId, idCount }: RootfsMount,
  command: readonly string[],
): readonly string[] {
  const unshareNumber = unshareNumbers[process.arch];
  if (unshareNumber === undefined) throw new Error(`no machines on ${process.arch}: only on x64 and arm64`);
  return [perlPath, '-e', script, ...[unshareNumber, devicePath, targetPath, firstId, idCount].map(String), ...command];
}
