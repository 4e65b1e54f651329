// `npm run generate`: rewrites src/generated from the pinned botocore models. Needs pip; building and running do not.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withBotocore } from './botocore.ts';
import { type CompactModel, compactModel, formatCompact, withTexts } from './compact.ts';
import { formatApis, formatIndex } from './index-file.ts';
import { overlays, serviceIds } from './services.ts';
import { formatTypes } from './types.ts';

const target = join(import.meta.dirname, '..', '..', 'src', 'generated');

mkdirSync(target, { recursive: true });
for (const name of readdirSync(target)) if (/\.(shapes\.json|ts)$/.test(name)) rmSync(join(target, name));

const models = withBotocore((botocore): readonly CompactModel[] =>
  serviceIds.map((id) => {
    const source = withTexts(botocore.model(id), overlays[id]?.texts);
    const compact = compactModel(id, source, botocore.paginators(id), overlays[id]);
    writeFileSync(join(target, `${id}.shapes.json`), formatCompact(compact));
    writeFileSync(join(target, `${id}.types.ts`), formatTypes(id, source));
    return compact;
  }),
);
writeFileSync(join(target, 'index.ts'), formatIndex(models));
writeFileSync(join(target, 'apis.ts'), formatApis(models));

const operations = models.reduce((sum, model) => sum + Object.keys(model.operations).length, 0);
console.log(`${models.length} services, ${operations} operations`);
