import type { ContainerRuntimeClient } from 'testcontainers';
import { HOST, isRunning } from './orphans.ts';

/** By which a later run knows whose a container was. */
export const LABELS = { 'creditshift.host': HOST, 'creditshift.pid': String(process.pid) };

/** Removes the containers of processes of this machine that are gone. */
export async function removeContainers({ container }: ContainerRuntimeClient): Promise<void> {
  const filters = { label: [`creditshift.host=${HOST}`] };
  for (const { Id, Labels } of await container.dockerode.listContainers({ all: true, filters })) {
    if (isRunning(Number(Labels['creditshift.pid']))) continue;
    // Another run may be quicker.
    await container.dockerode
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => {});
  }
}
