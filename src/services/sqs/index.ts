// SQS's front door: what topics deliver to.

export { deliverToQueues, type QueueDelivery, type QueueDeliveryFailures } from './deliveries.ts';
