// EC2, SSM and STS as boto3 sees them: its waiters, paginators, resources and errors, against a cloud of its own process.
// What is asked is in boto3_walk.py; each of its steps is a test here.

import { hasBoto3 } from './boto3.ts';
import { describeWalk } from './boto3-steps.ts';

if (!hasBoto3) process.stderr.write('skipped: EC2 by boto3, because: python3 with boto3 is not installed\n');

describeWalk({ name: 'EC2 by boto3', script: 'boto3_walk.py', isPossible: hasBoto3, hypervisor: 'simulated' });
