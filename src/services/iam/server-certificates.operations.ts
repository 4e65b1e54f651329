// UploadServerCertificate, GetServerCertificate, ListServerCertificates, UpdateServerCertificate, DeleteServerCertificate.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadServerCertificate.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi, ServerCertificateMetadata } from '../../generated/iam.types.ts';
import { newIamId } from '../../kernel/ids.ts';
import { quotas } from '../service-quotas/index.ts';
import { checkChain, checkKeyPair, parseCertificate } from './certificates.ts';
import { entityAlreadyExists, noSuchServerCertificate } from './iam.errors.ts';
import { checkPath, keyOf } from './names.ts';
import { pageOf } from './pages.ts';
import { requireRoom } from './quotas.ts';
import { type ServerCertificateRow, serverCertificateArnOf, serverCertificates } from './server-certificates.table.ts';
import { addTags, tagsShown } from './tags.ts';

export const serverCertificateOperations = {
  UploadServerCertificate(ctx, input) {
    const { Path = '/', ServerCertificateName, CertificateBody, PrivateKey, CertificateChain, Tags = [] } = input;
    checkPath(Path);
    const key = keyOf(ServerCertificateName);
    if (ctx.table(serverCertificates).has(key)) throw alreadyExists(ServerCertificateName);
    const certificate = parseCertificate(CertificateBody);
    checkKeyPair(certificate, PrivateKey);
    if (CertificateChain !== undefined) checkChain(CertificateChain);
    requireRoom(ctx, serverCertificates, quotas.serverCertificates, 'ServerCertificatesPerAccount');
    const row = ctx.table(serverCertificates).insert(key, {
      name: ServerCertificateName,
      path: Path,
      certificateId: newIamId(ctx.random, 'ASCA'),
      body: CertificateBody,
      ...(CertificateChain !== undefined && { chain: CertificateChain }),
      privateKey: PrivateKey,
      expiresAtMs: Date.parse(certificate.validTo),
      tags: addTags([], Tags, 'ServerCertificate'),
    });
    return { ServerCertificateMetadata: describe(row), ...tagsShown(row.spec.tags) };
  },

  GetServerCertificate(ctx, { ServerCertificateName }) {
    const row = requireServerCertificate(ctx, ServerCertificateName);
    const { body, chain, tags } = row.spec;
    return {
      ServerCertificate: {
        ServerCertificateMetadata: describe(row),
        CertificateBody: body,
        ...(chain !== undefined && { CertificateChain: chain }),
        ...tagsShown(tags),
      },
    };
  },

  ListServerCertificates(ctx, input) {
    const { PathPrefix = '/' } = input;
    const { rows, page } = pageOf(
      ctx,
      `ListServerCertificates ${PathPrefix}`,
      input,
      (afterId) => ctx.table(serverCertificates).list(afterId),
      ({ spec }) => spec.path.startsWith(PathPrefix),
    );
    return { ServerCertificateMetadataList: rows.map(describe), ...page };
  },

  UpdateServerCertificate(ctx, { ServerCertificateName, NewPath, NewServerCertificateName }) {
    const { id, spec } = requireServerCertificate(ctx, ServerCertificateName);
    const name = NewServerCertificateName ?? spec.name;
    const path = NewPath === undefined ? spec.path : checkPath(NewPath, 'newPath');
    const key = keyOf(name);
    const table = ctx.table(serverCertificates);
    if (key === id) table.update(id, () => ({ ...spec, name, path }));
    else {
      if (table.has(key)) throw alreadyExists(name);
      table.remove(id);
      table.insert(key, { ...spec, name, path });
    }
    return {};
  },

  DeleteServerCertificate(ctx, { ServerCertificateName }) {
    ctx.table(serverCertificates).remove(requireServerCertificate(ctx, ServerCertificateName).id);
    return {};
  },
} satisfies Operations<IamApi>;

const alreadyExists = (name: string) => entityAlreadyExists(`The Server Certificate with name ${name} already exists.`);

export function requireServerCertificate(ctx: OperationContext, name: string): ServerCertificateRow {
  const row = ctx.table(serverCertificates).get(keyOf(name));
  if (!row) throw noSuchServerCertificate(name);
  return row;
}

function describe(row: ServerCertificateRow): ServerCertificateMetadata {
  const { spec, createdAtMs } = row;
  return {
    Path: spec.path,
    ServerCertificateName: spec.name,
    ServerCertificateId: spec.certificateId,
    Arn: serverCertificateArnOf(row),
    UploadDate: createdAtMs,
    Expiration: spec.expiresAtMs,
  };
}
