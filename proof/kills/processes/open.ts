import { AMQPClient } from "@cloudamqp/amqp-client";
import amqplib from "amqplib";
import { Client, Pool } from "pg";
import type { Logger } from "@longshore/core";
import { type Postgres, listenWith, postgres } from "@longshore/postgres";
import { type RabbitMQ, overAmqpClient, overAmqplib, rabbitmq } from "@longshore/rabbitmq";
import { type Redis, redis } from "@longshore/redis";
import { ioredis } from "@longshore/redis/ioredis";
import { type Sqlite, sqlite } from "@longshore/sqlite";
import { Redis as Ioredis } from "ioredis";
import { LEASE_MS } from "../jobs.ts";
import type { TestedStore } from "../subject.ts";

const POSTGRES = "postgres:";

const REDIS = "redis:";

/** Opens the store at a place: an address that begins with `postgres:` or `redis:`, or the path of a file. */
export function openStore(place: string, log: Logger): TestedStore {
  if (place.startsWith(REDIS)) return openRedis(place, log);
  return place.startsWith(POSTGRES) ? openPostgres(place, log) : openSqlite(place);
}

export function openRedis(url: string, log: Logger): Redis {
  const client = new Ioredis(url);
  client.on("error", (error: Error) => log.warn({ message: `the connection to Redis failed: ${error.message}` }));
  return redis({ ...ioredis(client), lease: LEASE_MS, log });
}

export function openPostgres(connectionString: string, log: Logger): Postgres {
  return postgres(new Pool({ connectionString, max: 5 }), {
    lease: LEASE_MS,
    listen: listenWith(() => new Client({ connectionString })),
    log,
  });
}

/** `origin`: a process's number; every other one has the other client. */
export function openRabbitMQ(place: string, origin: number): RabbitMQ {
  const url = `${place}?heartbeat=5`;
  const connect =
    origin % 2 === 0 ? overAmqpClient(() => new AMQPClient(url)) : overAmqplib(() => amqplib.connect(url));
  return rabbitmq({ connect });
}

export function openSqlite(path: string): Sqlite {
  return sqlite(path, { lease: LEASE_MS });
}
