// UploadSigningCertificate, ListSigningCertificates, UpdateSigningCertificate, DeleteSigningCertificate.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi, SigningCertificate } from '../../generated/iam.types.ts';
import { newIamId } from '../../kernel/ids.ts';
import { parseCertificate } from './certificates.ts';
import { noSuchSigningCertificate, quotaExceeded } from './iam.errors.ts';
import { byAge, pageOf } from './pages.ts';
import { quotas } from './quotas.ts';
import { type SigningCertificateRow, signingCertificates } from './signing-certificates.table.ts';
import { requireUserOrCaller } from './users.ts';

export const signingCertificateOperations = {
  UploadSigningCertificate(ctx, { UserName, CertificateBody }) {
    const { spec: user } = requireUserOrCaller(ctx, UserName);
    const { fingerprint256 } = parseCertificate(CertificateBody);
    const present = certificatesOf(ctx, user.userId);
    if (present.some(({ spec }) => spec.fingerprint === fingerprint256))
      throw awsError('DuplicateCertificate', 'The certificate is already associated with an IAM user in the account.');
    if (present.length >= quotas.signingCertificatesPerUser)
      throw quotaExceeded('CertificatesPerUser', quotas.signingCertificatesPerUser);
    const row = ctx.table(signingCertificates).insert(newIamId(ctx.random, '', 32), {
      userId: user.userId,
      body: CertificateBody,
      fingerprint: fingerprint256,
      status: 'Active',
    });
    return { Certificate: describe(row, user.name) };
  },

  ListSigningCertificates(ctx, input) {
    const { spec: user } = requireUserOrCaller(ctx, input.UserName);
    const found = byAge(certificatesOf(ctx, user.userId));
    const { rows, page } = pageOf(ctx, `ListSigningCertificates ${user.userId}`, input, found);
    return { Certificates: rows.map(({ row }) => describe(row, user.name)), ...page };
  },

  UpdateSigningCertificate(ctx, { UserName, CertificateId, Status }) {
    const { id, spec } = requireCertificate(ctx, UserName, CertificateId);
    ctx.table(signingCertificates).update(id, () => ({ ...spec, status: Status }));
    return {};
  },

  DeleteSigningCertificate(ctx, { UserName, CertificateId }) {
    ctx.table(signingCertificates).remove(requireCertificate(ctx, UserName, CertificateId).id);
    return {};
  },
} satisfies Operations<IamApi>;

const certificatesOf = (ctx: OperationContext, userId: string): readonly SigningCertificateRow[] => [
  ...ctx.table(signingCertificates).by('byUser', userId),
];

function requireCertificate(ctx: OperationContext, userName: string | undefined, id: string): SigningCertificateRow {
  const { spec: user } = requireUserOrCaller(ctx, userName);
  const row = ctx.table(signingCertificates).get(id);
  if (row?.spec.userId !== user.userId) throw noSuchSigningCertificate(id);
  return row;
}

const describe = ({ id, spec, createdAtMs }: SigningCertificateRow, userName: string): SigningCertificate => ({
  UserName: userName,
  CertificateId: id,
  CertificateBody: spec.body,
  Status: spec.status,
  UploadDate: createdAtMs,
});
