import { spawnSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Launch } from "./launch.js";

const names = ["a", "b"].map((host) => `vfm-${process.pid}-${host}`);
const addresses = ["10.77.31.1", "10.77.31.2"];
const network = "10.77.31.0/24";
const cable = (host: number): string => `vfm${process.pid}${"ab"[host]}`;

const ip = (...words: string[]): boolean => spawnSync("ip", words).status === 0;

/** Makes two hosts, network namespaces of this machine with a cable between them. False where that is not permitted. */
export function connectHosts(): boolean {
  return (
    names.every((name) => ip("netns", "add", name)) &&
    ip("link", "add", cable(0), "type", "veth", "peer", "name", cable(1)) &&
    names.every(
      (name, host) =>
        ip("link", "set", cable(host), "netns", name) &&
        ip("-n", name, "address", "add", `${addresses[host]}/24`, "dev", cable(host)) &&
        ip("-n", name, "link", "set", "lo", "up") &&
        ip("-n", name, "link", "set", cable(host), "up"),
    )
  );
}

/** Takes the hosts away. */
export function removeHosts(): void {
  for (const name of names) ip("netns", "delete", name);
}

/** Pulls the cable out of the second host, or puts it in. */
export function setCable(state: "up" | "down"): void {
  ip("-n", names[1], "link", "set", cable(1), state);
}

/**
 * Two ranks, one on each host. What starts a process on the other host is a script in the place of ssh.
 *
 * @param folder for the script
 */
export async function onTwoHosts(folder: string): Promise<Launch> {
  const agent = join(folder, "start-on-host");
  const choose = addresses.map((address, host) => `${address}) name=${names[host]};;`).join(" ");
  await writeFile(agent, `#!/bin/sh\ncase $1 in ${choose} esac\nshift\nexec ip netns exec "$name" sh -c "$*"\n`);
  await chmod(agent, 0o755);
  const settings = {
    plm_rsh_agent: agent,
    btl: "tcp,self",
    pml: "ob1",
    btl_tcp_if_include: network,
    oob_tcp_if_include: network,
    oob_tcp_keepalive_time: "2",
    oob_tcp_keepalive_intvl: "1",
    oob_tcp_keepalive_probes: "2",
  };
  return {
    ranks: 2,
    before: ["ip", "netns", "exec", names[0]],
    options: [
      ...Object.entries(settings).flatMap(([name, value]) => ["--mca", name, value]),
      "--host",
      addresses.map((address) => `${address}:1`).join(","),
    ],
  };
}
