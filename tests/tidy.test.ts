// Rules that matter, as tests. Each failure names the file and says what to do.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadServiceModel } from '../src/aws/model.ts';
import { services } from '../src/main.ts';
import { renderCoverage } from '../tools/coverage/render.ts';
import { faultsOfAuthorization } from './authorization-tables.ts';
import { projectFolder, readSources, type SourceFile } from './source-tree.ts';

const sources = readSources('src');
const isTest = ({ path }: SourceFile): boolean => /\.(test|testing|contract|world)\.ts$/.test(path);
const code = sources.filter((file) => !isTest(file));

const listed = (files: readonly string[]): string => files.map((file) => `\n  ${file}`).join('');

function expectNone(files: readonly string[], rule: string): void {
  expect(files, `${rule}:${listed(files)}`).toEqual([]);
}

describe('files', () => {
  it('open with a comment that says what they are for', () => {
    const bare = code.filter(({ lines }) => !/^(\/\/ |#!)/.test(lines[0] ?? '')).map(({ path }) => path);
    expectNone(bare, 'these need one to four lines of purpose at the top');
  });

  it('hold one idea, which fits in about 400 lines', () => {
    const long = sources.filter(({ lines, path }) => lines.length > (path.endsWith('.test.ts') ? 600 : 450));
    expectNone(
      long.map(({ path, lines }) => `${path} (${lines.length} lines)`),
      'split these by resource or role',
    );
  });

  it('are named after what they hold, in kebab-case with a role', () => {
    const vague = /(^|[./-])(manager|helpers?|utils?|handlers?|data|common|misc)([./-]|$)/;
    const names = sources.map(({ path }) => path).filter((path) => !/^[a-z0-9./-]+$/.test(path) || vague.test(path));
    expectNone(names, 'rename these');
  });
});

describe('imports', () => {
  const layerOf = (path: string): string => /^src\/([^/]+)/.exec(path)?.[1] ?? path;
  const allowed: Readonly<Record<string, readonly string[]>> = {
    kernel: ['kernel'],
    generated: ['generated'],
    drivers: ['drivers', 'kernel'],
    aws: ['aws', 'kernel', 'generated', 'drivers'],
    services: ['services', 'aws', 'kernel', 'generated', 'drivers'],
  };

  it('point downwards', () => {
    const wrong = code.flatMap((file) => {
      const layers = allowed[layerOf(file.path)];
      return file.imports
        .filter(({ isOurs, target }) => layers && isOurs && !layers.includes(layerOf(target)))
        .map(({ target }) => `${file.path} imports ${target}`);
    });
    expectNone(wrong, 'kernel < drivers < aws < services');
  });

  it('take only interfaces from drivers, outside main.ts', () => {
    const isImplementation = (target: string): boolean =>
      layerOf(target) === 'drivers' &&
      !/\/(hypervisor|network|disks|images|items|objects|messages|web|functions|drivers|capability)\.ts$/.test(target);
    const wrong = code
      .filter(({ path }) => /^src\/(aws|services)\//.test(path))
      .flatMap(({ path, imports }) =>
        imports.filter(({ target }) => isImplementation(target)).map(({ target }) => `${path} imports ${target}`),
      );
    expectNone(wrong, 'drivers are given, not fetched');
  });

  it('enter another service only by its index.ts', () => {
    const serviceOf = (path: string): string | undefined => /^src\/services\/([^/]+)\//.exec(path)?.[1];
    const wrong = code.flatMap(({ path, imports }) =>
      imports
        .filter(
          ({ target }) =>
            serviceOf(target) &&
            serviceOf(target) !== serviceOf(path) &&
            serviceOf(path) &&
            !target.endsWith('/index.ts'),
        )
        .map(({ target }) => `${path} imports ${target}`),
    );
    expectNone(wrong, 'use the front door');
  });

  it('make no cycles', () => {
    expectNone(findCycles(code), 'break these');
  });
});

describe('time, chance and the world', () => {
  const keepers: Readonly<Record<string, { readonly pattern: RegExp; readonly files: RegExp }>> = {
    'the clock': {
      pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bset(Timeout|Interval|Immediate)\(|node:timers/,
      files: /^src\/kernel\/clock\.ts$|^src\/cli\//,
    },
    chance: { pattern: /\bMath\.random\(|\brandomUUID\(/, files: /^$/ },
    'the environment': { pattern: /\bprocess\.env\b/, files: /^src\/(config|drivers\/describe-real)\.ts$/ },
    'the console': { pattern: /\bconsole\.(log|error|warn|info|debug)\(/, files: /^src\/cli\// },
  };
  for (const [what, { pattern, files }] of Object.entries(keepers)) {
    it(`come from outside: ${what}`, () => {
      const wrong = code.flatMap(({ path, lines }) =>
        files.test(path)
          ? []
          : lines.flatMap((line, i) =>
              pattern.test(withoutComment(line)) ? [`${path}:${i + 1}: ${line.trim()}`] : [],
            ),
      );
      expectNone(wrong, `pass ${what} in`);
    });
  }
});

describe('the project', () => {
  it('has a README with "Differences from AWS" for every service', () => {
    const folder = join(projectFolder, 'src/services');
    const bare = readdirSync(folder).filter((service) => {
      const path = join(folder, service, 'README.md');
      return !existsSync(path) || !readFileSync(path, 'utf8').includes('## Differences from AWS');
    });
    expectNone(bare, 'say what is real, simplified and absent');
  });

  it('tells its coverage as it is', () => {
    const told = readFileSync(join(projectFolder, 'docs/coverage.md'), 'utf8');
    expect(told, 'run: npm run coverage').toBe(renderCoverage(services));
  });

  it('names only operations that AWS has', () => {
    const unknown = services.flatMap(({ id, operations, asyncOperations = {} }) =>
      [...Object.keys(operations), ...Object.keys(asyncOperations)]
        .filter((name) => !loadServiceModel(id).operation(name))
        .map((name) => `${id}:${name}`),
    );
    expectNone(unknown, 'not in the model');
  });

  it('says of each operation what it needs to be allowed, in names that AWS has', async () => {
    const faults = await Promise.all(services.map(faultsOfAuthorization));
    expectNone(faults.flat(), 'see src/aws/authorization.ts');
  });

  it('leaves no unfinished marks behind', () => {
    const marks = /\b(TODO|FIXME|XXX|HACK)\b/;
    const wrong = code.flatMap(({ path, lines }) =>
      lines.flatMap((line, i) => (marks.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
    );
    expectNone(wrong, 'finish or refuse');
  });

  it('uses no default exports, and inherits only from errors and from the server of node', () => {
    const wrong = code.flatMap(({ path, lines }) =>
      lines.flatMap((line, i) =>
        /^export default|\bclass \w+ extends (?!Error\b|Server\b)/.test(line)
          ? [`${path}:${i + 1}: ${line.trim()}`]
          : [],
      ),
    );
    expectNone(wrong, 'plain functions and readonly values');
  });
});

function withoutComment(line: string): string {
  return line.replace(/^\s*(\/\/|\*|\/\*).*$/, '').replace(/\s\/\/ .*$/, '');
}

function findCycles(files: readonly SourceFile[]): readonly string[] {
  const edges = new Map(
    files.map(({ path, imports }) => [path, imports.filter(({ isOurs }) => isOurs).map(({ target }) => target)]),
  );
  const done = new Set<string>();
  const trail: string[] = [];
  const cycles: string[] = [];
  const visit = (path: string): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of edges.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of edges.keys()) visit(path);
  return cycles;
}
