// `npm run coverage`: rewrites docs/coverage.md.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { services } from '../../src/main.ts';
import { renderCoverage } from './render.ts';

writeFileSync(join(import.meta.dirname, '..', '..', 'docs', 'coverage.md'), renderCoverage(services));
