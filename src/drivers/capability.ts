// What a driver can do on this host, said in words that tell a person what to do next.

export interface Capability {
  /** What it is for, as in "EC2 instances". */
  readonly name: string;
  readonly available: boolean;
  /** Why not, when it is not: "lxc-start is not installed". */
  readonly reason?: string;
  /** What would make it available: "sudo apt-get install lxc". */
  readonly remedy?: string;
}
