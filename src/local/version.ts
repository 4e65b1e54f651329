// What this is, as package.json says; the bundle carries a copy.

import packageJson from '../../package.json' with { type: 'json' };

export const version: string = packageJson.version;
