import { randomBytes } from 'node:crypto';
import { administer } from './admin.ts';
import { LABELS, removeContainers } from './containers.ts';
import { databasesOf } from './databases.ts';
import type { DisposableServer } from './server.ts';
import { textOf, unavailable } from './unavailable.ts';

const PORT = 5432;

/** Starts PostgreSQL in a container through testcontainers, reachable from this machine only. */
export async function startContainer(image: string): Promise<DisposableServer> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers').catch(cause =>
    unavailable('testcontainers cannot be loaded.', 'npm install testcontainers@11', [textOf(cause)], cause),
  );
  const engine = await getContainerRuntimeClient().catch(cause =>
    unavailable(
      'No Docker engine answers.',
      'Start Docker (docker info tells whether its engine answers), or name embedded instead of docker.',
      [textOf(cause)],
      cause,
    ),
  );
  await removeContainers(engine);

  // testcontainers has no option for the address and would publish the port on every interface.
  class LoopbackContainer extends GenericContainer {
    protected override async beforeContainerCreated(): Promise<void> {
      this.hostConfig.PortBindings = { [`${PORT}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '0' }] };
    }
  }

  const password = randomBytes(24).toString('base64url');
  const container = await new LoopbackContainer(image)
    // Its own would be one image more, which is given the engine's socket: our labels do instead.
    .withAutoCleanup(false)
    .withLabels(LABELS)
    .withExposedPorts(PORT)
    .withEnvironment({ POSTGRES_PASSWORD: password, POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C' })
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=60'])
    // The image's first server is the one that sets the data folder up.
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
    .start()
    .catch(cause =>
      unavailable(
        `No container of ${image} could be started.`,
        `See that docker run ${image} starts, or name another by --image.`,
        [textOf(cause)],
        cause,
      ),
    );
  const url = `postgres://postgres:${password}@127.0.0.1:${container.getMappedPort(PORT)}/postgres`;
  await administer(url, 'select 1').catch(async cause => {
    await container.stop();
    unavailable(
      `The container of ${image} does not answer on this machine's loopback address.`,
      'Use a Docker engine of this machine, not one elsewhere or outside this container, or name embedded instead.',
      [textOf(cause)],
      cause,
    );
  });
  return {
    label: `${image} in a container`,
    url,
    ...databasesOf(url),
    async stop() {
      await container.stop();
    },
  };
}
