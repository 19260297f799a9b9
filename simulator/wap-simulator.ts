#!/usr/bin/env node
import './wap/cli';
